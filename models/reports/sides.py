"""Which words of a section are about which knee."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from models.reports.lexemes import SENTENCE_ENDS, Lexeme
from models.reports.mentions import Mention, mentions_in, words

OTHER = {"L": "R", "R": "L"}
LONGEST = 200
"""Words of a sentence, at most: a text without any full stop is cut, so that it is read in time."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of one sentence that are about one knee.

    Attributes:
        side: "L", "R", "B" for both, "" where none is named.
        lexemes: in the order of the text.
    """

    side: str
    lexemes: tuple[Lexeme, ...]


@dataclass(slots=True)
class Part:
    """A part of a sentence between commas and joining words."""

    start: int
    stop: int
    mentions: list[Mention]
    side: str = ""
    leads: bool = False
    """The side is named before anything is said."""


def passages(lexemes: Sequence[Lexeme], side: str, of_film: str = "") -> list[Passage]:
    """Cut a section into passages that are about one knee.

    A side holds for its sentence, or where two are named for its clause, and for what follows
    until another is named.

    Args:
        lexemes: of the section.
        side: what the section is about before a side is named: "L", "R", "B" or "".
        of_film: the knee that "the opposite one" is opposite to if none was named: "L", "R" or "".

    Returns:
        The passages, in order; together they are the whole section.
    """
    kept = _without_full_stops_of_abbreviations(lexemes)
    mentions = mentions_in(kept)
    found, current, place = [], side, 0
    for start, stop in _sentences(kept):
        own = []
        while place < len(mentions) and mentions[place].start < stop:
            own.append(mentions[place])
            place += 1
        cut, current = _sentence(kept, start, stop, own, current, of_film)
        found += cut
    return found


def _without_full_stops_of_abbreviations(lexemes: Sequence[Lexeme]) -> list[Lexeme]:
    """Drop the full stop of `Rt. knee`, which ends no sentence."""
    short = _abbreviated()
    return [
        lexeme
        for place, lexeme in enumerate(lexemes)
        if not (
            lexeme.text == "."
            and place
            and lexemes[place - 1].text in short
            and place + 1 < len(lexemes)
            and lexemes[place + 1].text != "\n"
        )
    ]


@cache
def _abbreviated() -> frozenset[str]:
    names = ("right_letter", "left_letter", "right_short", "left_short", "abbreviated")
    return frozenset().union(*(words(name) for name in names))


def _sentences(lexemes: Sequence[Lexeme]) -> Iterator[tuple[int, int]]:
    start = 0
    for place, lexeme in enumerate(lexemes):
        full = place - start >= LONGEST
        if full or (lexeme.kind == "stop" and lexeme.text in SENTENCE_ENDS):
            yield start, place + 1
            start = place + 1
    if start < len(lexemes):
        yield start, len(lexemes)


def _sentence(
    lexemes: Sequence[Lexeme],
    start: int,
    stop: int,
    mentions: Sequence[Mention],
    current: str,
    of_film: str,
) -> tuple[list[Passage], str]:
    """Cut one sentence; return its passages, and the side that holds after it."""
    named = [_resolved(mention, current or of_film) for mention in mentions]
    sides = {mention.side for mention in named}
    if not named:
        return [Passage(current, tuple(lexemes[start:stop]))], current
    if len(sides) == 1:
        (side,) = sides
        carried = current if named[-1].elsewhere else side
        return [Passage(side, tuple(lexemes[start:stop]))], carried
    if _compares(lexemes, named):
        return [Passage("B", tuple(lexemes[start:stop]))], current
    parts = _sided_parts(lexemes, start, stop, named, current)
    found = [Passage(part.side, tuple(lexemes[part.start : part.stop])) for part in parts]
    return found, current if named[-1].elsewhere else parts[-1].side


def _resolved(mention: Mention, current: str) -> Mention:
    if mention.side != "O":
        return mention
    return Mention(OTHER.get(current, "B"), mention.start, mention.stop, mention.elsewhere)


def _compares(lexemes: Sequence[Lexeme], mentions: Sequence[Mention]) -> bool:
    """Whether one side is compared with the other: `more narrowed than the right`."""
    between = lexemes[mentions[0].start : mentions[-1].start]
    if any(lexeme.text in (">", "<") for lexeme in between):
        return True
    near = [lexeme.text for lexeme in between[-4:]]
    return any(text in words("than") for text in near)


def _sided_parts(
    lexemes: Sequence[Lexeme], start: int, stop: int, mentions: Sequence[Mention], current: str
) -> list[Part]:
    parts = _parts(lexemes, start, stop, mentions)
    parts = _joined(lexemes, parts)
    parts = [each for part in parts for each in _cut(lexemes, part)]
    for part in parts:
        if part.mentions:
            sides = {mention.side for mention in part.mentions}
            part.side = sides.pop() if len(sides) == 1 else "B"
            part.leads = not _says(lexemes, part.start, part.mentions[0].start)
    for place, part in enumerate(parts):
        if not part.mentions:
            part.side = _neighbour(parts, place, current)
    return parts


def _parts(
    lexemes: Sequence[Lexeme], start: int, stop: int, mentions: Sequence[Mention]
) -> list[Part]:
    """Cut a sentence after commas and before joining words."""
    cuts = [start]
    for place in range(start, stop):
        text = lexemes[place].text
        if text == "," and place + 1 < stop:
            cuts.append(place + 1)
        elif text in words("parts") and place > cuts[-1]:
            cuts.append(place)
    ends = [*cuts[1:], stop]
    return [
        Part(a, b, [mention for mention in mentions if a <= mention.start < b])
        for a, b in zip(cuts, ends, strict=True)
    ]


def _joined(lexemes: Sequence[Lexeme], parts: Sequence[Part]) -> list[Part]:
    """Join `the right | and left knee`: parts with a side of which one says nothing else."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        bare = [
            each
            for each in (last, part)
            if each and each.mentions and not _says_more(lexemes, each)
        ]
        if last and last.mentions and part.mentions and bare and not _colon(lexemes, last, part):
            joined[-1] = Part(last.start, part.stop, last.mentions + part.mentions)
        else:
            joined.append(part)
    return joined


def _colon(lexemes: Sequence[Lexeme], *parts: Part) -> bool:
    return any(lexeme.text in (":", "-") for p in parts for lexeme in lexemes[p.start : p.stop])


def _cut(lexemes: Sequence[Lexeme], part: Part) -> list[Part]:
    """Cut a part that names two sides and says something of each."""
    found, start, own = [], part.start, part.mentions[:1]
    leads = bool(own) and not _says(lexemes, part.start, own[0].start)
    for before, mention in zip(part.mentions, part.mentions[1:], strict=False):
        apart = _says(lexemes, before.stop, mention.start)
        if mention.side != before.side and apart:
            cut = _opening(lexemes, mention.start) if leads else _closing(lexemes, before.stop)
            found.append(Part(start, cut, own))
            start, own = cut, []
        own = [*own, mention]
    return [*found, Part(start, part.stop, own)]


def _opening(lexemes: Sequence[Lexeme], place: int) -> int:
    """Return where `on the left` begins, given the place of `left`."""
    while place and lexemes[place - 1].text in words("joins"):
        place -= 1
    return place


def _closing(lexemes: Sequence[Lexeme], place: int) -> int:
    """Return where `right knee` ends, given the end of `right`."""
    while place < len(lexemes) and lexemes[place].text in words("beside") | {")"}:
        place += 1
    return place


def _says(lexemes: Sequence[Lexeme], start: int, stop: int) -> bool:
    """Whether a passage holds more than sides, knees and small words."""
    empty = words("joins") | words("beside") | words("parts") | words("filler")
    return any(lexeme.kind == "word" and lexeme.text not in empty for lexeme in lexemes[start:stop])


def _says_more(lexemes: Sequence[Lexeme], part: Part) -> bool:
    first, last = part.mentions[0], part.mentions[-1]
    return _says(lexemes, part.start, first.start) or _says(lexemes, last.stop, part.stop)


def _neighbour(parts: Sequence[Part], place: int, current: str) -> str:
    """Return the side of a part that names none: of what it goes on with, or leads up to."""
    before = next((part for part in reversed(parts[:place]) if part.mentions), None)
    after = next((part for part in parts[place + 1 :] if part.mentions), None)
    if before and (before.leads or not after or after.leads):
        return before.side
    if after and not after.leads:
        return after.side
    return current
