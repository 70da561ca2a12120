"""Comparing independent reads: every two readers, and each reader with the others."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.statistics.kappas import Kappa, cohen, confusion_matrix


@dataclass(frozen=True)
class Pair:
    """Two readers, or one reader (`one`) against all others together (`other` empty)."""

    one: str
    other: str
    kappa: Kappa | None
    images: int
    agreeing: int
    """Pairs of reads that agree."""
    reads: int
    """Pairs of reads."""


@dataclass(frozen=True)
class IndependentReads:
    """Standing reads of images that several readers read, as parallel arrays.

    Attributes:
        image: (n,) ids, ascending.
        patient: (n,) ids.
        reader: (n,) ids.
        category: (n,) places in `categories`.
        names: readers by id.
        categories: the classes in order, and what stands for no label where it was used.
    """

    image: NDArray[np.int64]
    patient: NDArray[np.int64]
    reader: NDArray[np.int64]
    category: NDArray[np.int64]
    names: dict[int, str]
    categories: list[str]


def counts(reads: IndependentReads) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many readers chose each category, image by image, and each image's patient."""
    images, first, row = np.unique(reads.image, return_index=True, return_inverse=True)
    chosen = np.zeros((len(images), len(reads.categories)), dtype=np.int64)
    np.add.at(chosen, (row, reads.category), 1)
    return chosen, reads.patient[first]


def pairs(reads: IndependentReads) -> list[tuple[Pair, list[list[int]]]]:
    """Compare every two readers; with each pair, how often which category met which."""
    found = []
    for one, other in combinations(sorted(reads.names, key=lambda key: reads.names[key]), 2):
        first, second, patients = _in_common(reads, one, reads.reader == other)
        if len(first):
            names = reads.names[one], reads.names[other]
            matrix = confusion_matrix(first, second, len(reads.categories))
            known = len(first), len(reads.categories)
            found.append((_pair(*names, first, second, patients, *known), matrix.tolist()))
    return found


def against_others(reads: IndependentReads) -> list[Pair]:
    """Compare each reader with all others together."""
    found = []
    for reader, name in sorted(reads.names.items(), key=lambda each: each[1]):
        first, second, patients = _in_common(reads, reader, reads.reader != reader)
        if len(first):
            known = int((reads.reader == reader).sum()), len(reads.categories)
            found.append(_pair(name, "", first, second, patients, *known))
    return found


def _in_common(
    reads: IndependentReads, reader: int, others: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each pair of reads of an image: a reader's category, another's, the patient."""
    own = reads.reader == reader
    if not own.any():
        return (np.zeros(0, dtype=np.int64),) * 3
    place = np.searchsorted(reads.image[own], reads.image[others])
    place = np.minimum(place, own.sum() - 1)
    shared = reads.image[own][place] == reads.image[others]
    return (
        reads.category[own][place][shared],
        reads.category[others][shared],
        reads.patient[others][shared],
    )


def _pair(
    one: str,
    other: str,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    patients: NDArray[np.int64],
    images: int,
    categories: int,
) -> Pair:
    return Pair(
        one=one,
        other=other,
        kappa=cohen(first, second, categories, patients),
        images=images,
        agreeing=int((first == second).sum()),
        reads=len(first),
    )


def together(counts: NDArray[np.int64]) -> list[list[int]]:
    """Count the unordered pairs of reads of one image by their categories: an upper triangle.

    Args:
        counts: (images, categories) how many readers chose each.
    """
    both = counts.T @ counts
    np.fill_diagonal(both, (counts * (counts - 1) // 2).sum(axis=0))
    return np.triu(both).tolist()
