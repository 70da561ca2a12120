"""Which words of a report spoke most strongly for the class the report labeler reads in it.

The labeler is linear: a term adds its weight times its coefficient to the class's logit, so that
the terms' contributions are what the answer is made of, and nothing is approximated.
"""

from dataclasses import dataclass

import numpy as np

from models.data import Film
from models.reports import tokens
from models.text import NEGATED, TextModel, located_terms

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
class Words:
    """What a report says, and where.

    Attributes:
        class_index: the class the report alone points to.
        marks: in the order of the report; they do not touch.
    """

    class_index: int
    marks: tuple[Mark, ...]


def strongest_words(model: TextModel, film: Film) -> Words:
    """Find the words that spoke most strongly for the class a report points to.

    A contribution is counted against the mean over the classes: adding the same to every class's
    coefficient changes no probability.

    Args:
        model: the report labeler.
        film: with a report that says something.

    Returns:
        The class and the places of its strongest terms, every time they occur.
    """
    found = tokens(film.report or "", film.laterality)
    terms = located_terms([token.text for token in found])
    columns, weights = model.weigh([term for term, _ in terms])
    coefficients = model.coefficients[:, columns]
    class_index = int(np.argmax(coefficients @ weights + model.intercepts))
    shares = (coefficients[class_index] - coefficients.mean(axis=0)) * weights
    strong = np.argsort(-shares)[:MOST]
    strong = strong[shares[strong] > LEAST_SHARE * shares.max(initial=0)]
    wanted = set(columns[strong].tolist())
    marks = [
        Mark(found[first].start, found[last].end, term.startswith(NEGATED) or f" {NEGATED}" in term)
        for term, (first, last) in terms
        if model.vocabulary.get(term) in wanted
    ]
    return Words(class_index, _joined(marks))


def _joined(marks: list[Mark]) -> tuple[Mark, ...]:
    """Make one of marks that overlap or touch."""
    joined: list[Mark] = []
    for mark in sorted(marks, key=lambda each: (each.start, each.end)):
        if joined and mark.start <= joined[-1].end:
            last = joined.pop()
            mark = Mark(last.start, max(last.end, mark.end), last.negated or mark.negated)
        joined.append(mark)
    return tuple(joined)
