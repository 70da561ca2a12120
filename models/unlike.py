"""Which films look unlike those that a promise rests on, whatever it is that they differ in.

Logistic regression learns to tell the reads of the seed from the archive: from the words of the
reports, from how they are laid out, and from what the films are like. Where both are alike there
is nothing to learn and its scores say nothing. Where a part of the archive is different, its films
score higher than calibration reads do, and how much higher is what `app.statistics.novelty` judges.
Adaptive novelty detection, Marandon, Lei, Mary & Roquain, Annals of Statistics 2024;52(1).
"""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from models.traits import KINDS, Traits

SAMPLE = 4000
"""Films of the archive that are learned from; more change nothing that can be measured."""
STRENGTH = 10.0
"""scikit-learn's C."""
FEWEST = 3
"""Films of those learned from that must have a trait for it to count."""
ROUNDS = 3
MOST_UNLIKE, LEAST_UNLIKE = 0.05, 0.25
"""Shares of the sample that later rounds take for different, and for like the seed reads."""
AT_ONCE = 20_000
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


class Table:
    """Films by their traits: four bytes for each trait of each film, so an archive fits."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str], int] = {}
        self._traits = array("i")
        self._ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    @property
    def kinds(self) -> NDArray[np.int64]:
        """The kind of each trait, as its place in `KINDS`: int64 (traits,)."""
        return np.array([KINDS.index(kind) for kind, _ in self._columns], np.int64)

    def add(self, traits: Traits) -> None:
        """Add a film."""
        for kind, found in traits.items():
            for trait in found:
                self._traits.append(self._columns.setdefault((kind, trait), len(self._columns)))
        self._ends.append(len(self._traits))

    def rows(self, wanted: Rows) -> csr_matrix:
        """Return films as 0 and 1, (n, traits)."""
        ends, traits = np.asarray(self._ends), np.asarray(self._traits)
        parts = [traits[ends[row] : ends[row + 1]] for row in wanted]
        places = np.cumsum([0, *(len(part) for part in parts)])
        columns = np.concatenate([np.empty(0, traits.dtype), *parts])
        shape = len(wanted), len(self._columns)
        return csr_matrix((np.ones(len(columns)), columns, places), shape=shape)


@dataclass(frozen=True)
class Comparison:
    """How much films differ from the reads of the seed.

    Attributes:
        calibration: (c,) of the calibration reads.
        swept: (m,) of the archive, on the same scale; larger is more different.
        kinds: (m,) the kind of trait that says so most, as its place in `KINDS`.
    """

    calibration: Floats
    swept: Floats
    kinds: NDArray[np.int64]


def compare(films: Table, known: int, calibration: int, rng: int) -> Comparison:
    """Learn what tells the archive from the seed, and score calibration reads and archive by it.

    The sample of the archive that is learned from is drawn from calibration reads and archive
    together, so a score does not depend on which of these two a film belongs to: among films
    that are alike, calibration reads and others are exchangeable.

    Args:
        films: first `known` reads of the seed, then `calibration` reads that are not among them,
            then the archive; at least one of each.
        known: how many there are.
        calibration: how many there are.
        rng: the seed of the sample.
    """
    rest = np.arange(known, len(films))
    sample = np.random.default_rng(rng).permutation(rest)[:SAMPLE]
    weights = _learn(films, np.arange(known), sample)
    found = np.concatenate(
        [
            _by_kind(films, rest[start : start + AT_ONCE], weights)
            for start in range(0, len(rest), AT_ONCE)
        ]
    )
    scores = found.sum(axis=1)
    beyond = found[calibration:] - found[:calibration].mean(axis=0)
    return Comparison(scores[:calibration], scores[calibration:], beyond.argmax(axis=1))


def _learn(films: Table, known: Rows, sample: Rows) -> Floats:
    """Return the weight of each trait; 0 for those too rare to count.

    The first round tells the seed reads from the sample, most of which may be like them. Later
    ones tell them from what scored highest in the round before: that has less noise.
    """
    learned = films.rows(np.concatenate([known, sample]))
    common = np.asarray(learned.sum(axis=0)).ravel() >= FEWEST
    scaled = _scaled(learned, films.kinds, common)
    own, archive = scaled[: len(known)], scaled[len(known) :]
    alike, unlike = own, archive
    weights = np.zeros(len(common))
    for _ in range(ROUNDS):
        weights = _fit(alike, unlike)
        order = np.argsort(-(archive @ weights), kind="stable")
        most = max(1, int(MOST_UNLIKE * len(order)))
        least = order[len(order) - int(LEAST_UNLIKE * len(order)) :]
        alike, unlike = vstack([own, archive[least]]), archive[order[:most]]
    return np.asarray(weights * common)


def _fit(alike: csr_matrix, unlike: csr_matrix) -> Floats:
    labels = np.repeat([0, 1], [alike.shape[0], unlike.shape[0]])
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=200)
    return np.asarray(model.fit(vstack([alike, unlike]), labels).coef_[0])


def _by_kind(films: Table, wanted: Rows, weights: Floats) -> Floats:
    """Return what the traits of each kind add to the score of films, (n, kinds)."""
    apart = np.zeros((len(weights), len(KINDS)))
    apart[np.arange(len(weights)), films.kinds] = weights
    return np.asarray(_scaled(films.rows(wanted), films.kinds, weights != 0) @ apart)


def _scaled(rows: csr_matrix, kinds: NDArray[np.int64], counted: NDArray[np.bool_]) -> csr_matrix:
    """Give the traits of each kind that are counted the length 1 in each film.

    So a long report does not say more than a short one, nor a report more than a film.
    """
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    group = row * len(KINDS) + kinds[rows.indices]
    share = counted[rows.indices].astype(np.float64)
    counts = np.bincount(group, share, rows.shape[0] * len(KINDS))
    share /= np.sqrt(np.maximum(counts, 1.0))[group]
    return csr_matrix((share, rows.indices, rows.indptr), shape=rows.shape)
