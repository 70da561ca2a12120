"""What an answer of a language model is worth: how often each class was true where it was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.reports.questionnaire import CERTAINTIES

Array = NDArray[np.float64]
RIGHT_BEFORE = {"certain": 0.9, "likely": 0.7, "unsure": 0.5}
"""Share of answers taken to be right before any was checked; the rest is spread evenly over the
other classes. Chosen, not measured: it stands until labels say better."""
STRENGTH = 10.0
"""Checked films that weigh as much as what was taken to be so before."""


@dataclass(frozen=True)
class Given:
    """Answers about films.

    Attributes:
        classes: int (n,), the class of each, -1 where there is no answer.
        certainties: int (n,), positions in `CERTAINTIES`, -1 where there is none.
    """

    classes: NDArray[np.int64]
    certainties: NDArray[np.int64]

    @classmethod
    def of(cls, answers: Sequence[tuple[int, str] | None]) -> Self:
        """Return answers as arrays: each the class and its certainty, or None."""
        classes = [-1 if answer is None else answer[0] for answer in answers]
        certain = [-1 if answer is None else CERTAINTIES.index(answer[1]) for answer in answers]
        return cls(np.array(classes, np.int64), np.array(certain, np.int64))

    def where(self, chosen: NDArray[np.bool_]) -> Self:
        """Return some of the answers."""
        return type(self)(self.classes[chosen], self.certainties[chosen])

    @property
    def there(self) -> NDArray[np.bool_]:
        """bool (n,), whether there is an answer."""
        return self.classes >= 0


@dataclass(frozen=True)
class Confusion:
    """Calibrated probabilities of an answer.

    Attributes:
        table: float64 (certainties, k, k): of each certainty and class that was answered, the
            probabilities of the k true classes.
    """

    table: Array

    def probabilities(self, given: Given) -> Array:
        """Return calibrated float64 (n, k), rows of NaN where there is no answer."""
        found = np.full((len(given.classes), self.table.shape[-1]), np.nan)
        there = given.there
        found[there] = self.table[given.certainties[there], given.classes[there]]
        return found

    def to_json(self) -> list[Any]:
        """Return the table as JSON can hold it."""
        return list(self.table.tolist())

    @classmethod
    def from_json(cls, table: list[Any]) -> Self:
        """Read what `to_json` returned."""
        return cls(np.array(table, np.float64))


def fit_confusion(given: Given, labels: NDArray[np.int64], k: int) -> Confusion:
    """Count how answers fared, on top of what is assumed of them beforehand.

    The posterior mean of a multinomial under a Dirichlet prior, for each class and certainty:
    (count + STRENGTH * prior) / (n + STRENGTH). Without a label it is the prior; with many it is
    what was counted.

    Args:
        given: answers about films whose labels are known; any number, 0 too.
        labels: (n,), positions of the classes.
        k: how many classes there are, two at least.
    """
    table = np.stack([_prior(RIGHT_BEFORE[certainty], k) for certainty in CERTAINTIES]) * STRENGTH
    there = given.there
    np.add.at(table, (given.certainties[there], given.classes[there], labels[there]), 1)
    return Confusion(table / table.sum(axis=2, keepdims=True))


def held_out(given: Given, labels: NDArray[np.int64], folds: NDArray[np.int64], k: int) -> Array:
    """Return each film's probabilities by a table that did not count its fold.

    Args:
        given: answers about n films.
        labels: (n,), positions of the classes.
        folds: (n,), the fold each film is held out in, or below 0 for none.
        k: how many classes there are.

    Returns:
        float64 (n, k), rows of NaN without an answer or never held out.
    """
    found = np.full((len(labels), k), np.nan)
    for fold in range(int(folds.max(initial=-1)) + 1):
        own = folds == fold
        table = fit_confusion(given.where(~own), labels[~own], k)
        found[own] = table.probabilities(given.where(own))
    return found


def _prior(right: float, k: int) -> Array:
    return np.where(np.eye(k, dtype=bool), right, (1 - right) / (k - 1))
