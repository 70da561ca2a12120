"""A report read into statements about one knee: what is said, denied, how much, how sure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from models.reports import denial
from models.reports.grades import grade_of, in_words
from models.reports.lexemes import lexemes
from models.reports.lexicon import Phrases, language_of, words_of
from models.reports.placed_text import PlacedText
from models.reports.sections import said
from models.reports.sides import passages
from models.reports.tokens import ENDS, MARKS, Token, tokens_of

NOTHING, OTHER_KNEE = "nothing", "other knee"
HEADINGS = {"L": ("left", "knee", ":"), "R": ("right", "knee", ":"), "B": ("both", "knees", ":")}
SAYS = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, or the part of one that is about one knee.

    Attributes:
        side: "L", "R", "B" for both, "" where none is named.
        tokens: its words and marks.
        denied: for each token "not", "maybe" (neither said nor denied) or "".
        degree: the largest that is said: "severe", "moderate", "mild", "minimal" or "".
        certainty: "possible" where the report hedges or leaves open, else "".
        grade: Kellgren-Lawrence, one number, two of a range, none if there is none.
    """

    side: str
    tokens: tuple[Token, ...]
    denied: tuple[str, ...]
    degree: str
    certainty: str
    grade: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a report says about one knee.

    Attributes:
        statements: in the order of the report.
        left_out: passages of the report that are in no statement: first character, past the last.
        language: the code of the language it seems to be written in.
        not_read: why there are no statements: "nothing" if nothing is said of any knee, "other
            knee" if all that is said is about the other one, "" if there are some.
    """

    statements: tuple[Statement, ...]
    left_out: tuple[tuple[int, int], ...]
    language: str
    not_read: str

    def tokens(self) -> list[Token]:
        """Return all words and marks."""
        return [token for statement in self.statements for token in statement.tokens]

    def denied(self) -> list[str]:
        """Return for each of `tokens` what its statement says of it."""
        return [each for statement in self.statements for each in statement.denied]


def read(report: str, laterality: str = "") -> Reading:
    """Read a report.

    Args:
        report: its text, as the archive has it.
        laterality: "L" or "R" of the film: what is said of the other knee is left out. Any other
            value keeps both.

    Returns:
        The reading. A report about the other knee alone has no statements.
    """
    own = {"", "B", laterality} if laterality in ("L", "R") else set("LRB") | {""}
    kept: list[Token] = []
    pieces: list[tuple[str, int]] = []
    others = False
    for section in said(report):
        text = in_words(section.text)
        if section.side and laterality not in ("L", "R"):
            kept += _heading(section.side, text, kept)
        cut = True
        for passage in passages(lexemes(text.text), section.side, laterality):
            if passage.side not in own:
                others, cut = True, True
                continue
            if cut:
                kept += _stop(kept)
            cut = False
            found = tokens_of(passage.lexemes, text, kept)
            kept += found
            if found:
                pieces.append((passage.side, len(kept)))
    if not any(token.text not in MARKS for token in kept):
        return Reading((), _outside((), report), "", OTHER_KNEE if others else NOTHING)
    words = [token.text for token in kept]
    language = language_of(words)
    statements = tuple(_statements(kept, denial.denied(words, language), pieces, language))
    return Reading(statements, _outside(statements, report), language, "")


def _heading(side: str, text: PlacedText, before: Sequence[Token]) -> list[Token]:
    """Return the side that a heading named, in words, at the beginning of its section."""
    if not text.text:
        return []
    place = text.starts[0], text.ends[0]
    return [*_stop(before), *(Token(word, *place) for word in HEADINGS[side])]


def _stop(before: Sequence[Token]) -> list[Token]:
    """Return a full stop, unless what stands before ends with one."""
    if not before or before[-1].text in ENDS:
        return []
    return [Token(".", before[-1].end - 1, before[-1].end)]


def _statements(
    kept: Sequence[Token], denied: Sequence[str], pieces: Sequence[tuple[str, int]], language: str
) -> Iterator[Statement]:
    start = 0
    for side, stop in pieces:
        own, said_not = kept[start:stop], denied[start:stop]
        words = [token.text for token in own]
        degree, certainty = _degree(words, said_not, language)
        yield Statement(side, tuple(own), tuple(said_not), degree, certainty, grade_of(words))
        start = stop


def _degree(words: Sequence[str], denied: Sequence[str], language: str) -> tuple[str, str]:
    """Return the largest degree that is not denied, and whether the words hedge."""
    known = _known(language)
    order = ("", "minimal", "mild", "moderate", "severe")
    degree, hedged = 0, denial.OPEN in denied
    for place, status in enumerate(denied):
        if words[place] not in known.by_first:
            continue
        kind = known.at(words, place)[0]
        if kind == "hedge":
            hedged = True
        elif kind and status != denial.DENIED:
            degree = max(degree, order.index(kind))
    return order[degree], "possible" if hedged else ""


@cache
def _known(language: str) -> Phrases:
    certainty = words_of(language, "certainty")
    hedges = [*certainty.get("before", ()), *certainty.get("after", ())]
    return Phrases({"hedge": hedges, **words_of(language, "degrees")})


def _outside(statements: Sequence[Statement], report: str) -> tuple[tuple[int, int], ...]:
    """Return the passages between statements that hold a word or a number."""
    found, place = [], 0
    spans = sorted(
        (min(token.start for token in each.tokens), max(token.end for token in each.tokens))
        for each in statements
    )
    for start, end in [*spans, (len(report), len(report))]:
        if start > place and SAYS.search(report, place, start):
            found.append((place, start))
        place = max(place, end)
    return tuple(found)
