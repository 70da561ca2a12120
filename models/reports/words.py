"""What was read in a report, and which words spoke most strongly for the class it points to.

The labeler is linear: a term adds its weight times its coefficient to the class's logit, so that
the terms' contributions are what the answer is made of, and nothing is approximated.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from models.film import Film
from models.reports import Reading, Token
from models.reports.denial import DENIED, OPEN
from models.reports.encoder import EncoderModel
from models.reports.languages import table
from models.reports.text import MARKS, TextModel, located_terms, reading_of

LETTER = re.compile(r"[^\W\d_]")
MOST = 8
"""Terms that are marked; more would mark everything."""
LEAST_SHARE = 0.15
"""Of the strongest term's contribution: weaker terms are left unmarked."""


@dataclass(frozen=True)
class Mark:
    """A place in a report.

    Attributes:
        start: its first character.
        end: past its last.
        negated: read as denied (`no fracture`).
    """

    start: int
    end: int
    negated: bool


@dataclass(frozen=True)
class ReportMarks:
    """What of a report was read, and where it speaks.

    Attributes:
        class_index: the class the report alone points to; None if it was not read, or not by a
            linear model, the only one that is made of words.
        marks: of the words that spoke most strongly, in the order of the report; they do not touch.
        denied: passages that were read as denied: first character, past the last.
        left_open: passages that were read as neither said nor denied, as after a hedge.
        left_out: passages that were not read: history, signature, the other knee.
        not_read: why the report was not read; see `ReportReader.not_read`. "" if it was.
    """

    class_index: int | None
    marks: tuple[Mark, ...]
    denied: tuple[tuple[int, int], ...]
    left_open: tuple[tuple[int, int], ...]
    left_out: tuple[tuple[int, int], ...]
    not_read: str


def marks_of(model: TextModel | EncoderModel, film: Film, not_read: str) -> ReportMarks:
    """Find what to show of a film's report.

    Args:
        model: the report labeler.
        film: with a report.
        not_read: why the report was not read, "" if it was.
    """
    reading = reading_of(film)
    if not_read:
        return ReportMarks(None, (), (), (), ((0, len(film.report or "")),), not_read)
    class_index, marks = strongest(model, reading) if isinstance(model, TextModel) else (None, ())
    report = film.report or ""
    denied, left_open = (_passages(reading, report, status) for status in (DENIED, OPEN))
    # The number of an item in a list is in no statement either, and is nothing that was left out.
    left_out = tuple(place for place in reading.left_out if LETTER.search(report, *place))
    return ReportMarks(class_index, marks, denied, left_open, left_out, "")


def _passages(reading: Reading, report: str, wanted: str) -> tuple[tuple[int, int], ...]:
    """Return where a report's words were read so; words with only space between are one passage."""
    found: list[tuple[int, int]] = []
    words = zip(reading.tokens(), reading.denied(), strict=True)
    own = [word for word, status in words if status == wanted and word.text not in MARKS]
    for word in sorted(own, key=lambda each: (each.start, each.end)):
        if found and not report[found[-1][1] : word.start].strip():
            start, end = found.pop()
            found.append((start, max(end, word.end)))
        else:
            found.append((word.start, word.end))
    return tuple(found)


def strongest(model: TextModel, reading: Reading) -> tuple[int, tuple[Mark, ...]]:
    """Find the words that spoke most strongly for the class a report points to.

    A contribution is counted against the mean over the classes: adding the same to every class's
    coefficient changes no probability. Terms of sides, views and small words alone are not marked:
    they say nothing of a joint.

    Args:
        model: the report labeler.
        reading: of a report that says something.

    Returns:
        The class and the places of its strongest terms, every time they occur.
    """
    tokens, denied = reading.tokens(), reading.denied()
    words = [token.text for token in tokens]
    terms = located_terms(words, denied)
    columns, weights = model.weigh([term for term, _ in terms])
    coefficients = model.coefficients[:, columns]
    class_index = int(np.argmax(coefficients @ weights + model.intercepts))
    shares = (coefficients[class_index] - coefficients.mean(axis=0)) * weights
    spelled = {model.vocabulary.get(term): term for term, _ in terms}
    strong: list[int] = []
    for at in np.argsort(-shares):
        if len(strong) == MOST or shares[at] <= 0:
            break
        if not _structure(spelled[int(columns[at])]):
            strong.append(int(at))
    least = LEAST_SHARE * max((shares[at] for at in strong), default=0.0)
    wanted = {int(columns[at]) for at in strong if shares[at] > least}
    marks = (
        _mark(tokens, denied, first, last)
        for term, (first, last) in terms
        if model.vocabulary.get(term) in wanted
    )
    return class_index, _joined(marks)


def _mark(tokens: Sequence[Token], denied: Sequence[str], first: int, last: int) -> Mark:
    """Mark a term, without the small words at its ends."""
    small = _small_words()
    kept = [at for at in (first, last) if tokens[at].text not in small]
    return Mark(
        tokens[min(kept)].start,
        tokens[max(kept)].end,
        any(denied[at] == DENIED for at in kept),
    )


@lru_cache(maxsize=100_000)
def _structure(term: str) -> bool:
    """Whether a term says where or how something is said, and not what."""
    small = _small_words()
    return all(word.rpartition("_")[2] in small for word in term.split())


@cache
def _small_words() -> frozenset[str]:
    sides = table("knees")
    small = {word for phrase in table("marks")["structure"] for word in phrase.split()}
    for kind in ("right", "left", "both", "opposite", "right_letter", "left_letter"):
        small.update(word for phrase in sides.get(kind, ()) for word in phrase.split())
    return frozenset(small)


def _joined(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Make one of marks that overlap or touch."""
    joined: list[Mark] = []
    for mark in sorted(marks, key=lambda each: (each.start, each.end)):
        if joined and mark.start <= joined[-1].end:
            last = joined.pop()
            mark = Mark(last.start, max(last.end, mark.end), last.negated or mark.negated)
        joined.append(mark)
    return tuple(joined)
