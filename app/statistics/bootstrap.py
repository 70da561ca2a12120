"""Paired bootstrap of WAUC that draws patients, so that both knees of a person stay together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CELLS = 2_000_000
"""Most (replicate, image) weights in memory at once, 16 MB."""


@dataclass(frozen=True)
class WaucBootstrap:
    """Percentile intervals (95 %) of each model's WAUC and of the difference, second less first."""

    intervals: list[tuple[float, float]]
    difference_interval: tuple[float, float]
    p: float
    replicates: int
    """Replicates in which every model had a WAUC."""


def bootstrap_wauc(
    labels: NDArray[np.int64],
    patients: NDArray[np.int64],
    probabilities: Floats,
    replicates: int,
    rng: int,
) -> WaucBootstrap | None:
    """Bootstrap the WAUC of two models on the same patients.

    Args:
        labels: (n,) class index of each image.
        patients: (n,) patient index of each image.
        probabilities: (2, n, classes).
        replicates: how many samples of patients to draw, with replacement.
        rng: the seed.

    Returns:
        Intervals and the two-sided p of no difference: twice the smaller share of replicates on
        one side of zero, each counted with one added (Davison & Hinkley 1997, 4.2.2 and 5.3.1).
        None where fewer than two classes or patients are present.
    """
    _, index = np.unique(patients, return_inverse=True)
    count = int(index.max()) + 1 if len(index) else 0
    if count < 2 or len(np.unique(labels)) < 2:
        return None
    draw = np.random.default_rng(rng)
    chunk = max(1, CELLS // len(labels))
    values = []
    for start in range(0, replicates, chunk):
        size = min(chunk, replicates - start)
        times = draw.multinomial(count, np.full(count, 1 / count), size=size)
        weights = times[:, index].astype(np.float64)
        values.append(np.stack([weighted_waucs(labels, p, weights) for p in probabilities], 1))
    drawn = np.concatenate(values)
    return _summary(drawn[~np.isnan(drawn).any(axis=1)])


def weighted_waucs(labels: NDArray[np.int64], probabilities: Floats, weights: Floats) -> Floats:
    """Return the WAUC under each of many weightings of the images.

    Args:
        labels: (n,) class index of each image.
        probabilities: (n, classes).
        weights: (replicates, n), how often each image counts.

    Returns:
        (replicates,); classes without weight have no share, NaN where only one class has weight.
    """
    total = np.zeros(len(weights))
    shares = np.zeros(len(weights))
    for index in range(probabilities.shape[1]):
        order = np.argsort(probabilities[:, index], kind="stable")
        share, area = _areas(labels[order] == index, probabilities[order, index], weights[:, order])
        total += np.where(share * area > 0, share * area, 0.0)
        shares += np.where(np.isnan(area), 0.0, share)
    return np.divide(total, shares, out=np.full(len(weights), np.nan), where=shares > 0)


def _areas(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Positive weight and weighted AUC of each replicate, images sorted by score."""
    ties = np.flatnonzero(np.r_[True, np.diff(scores) > 0])
    ups = np.add.reduceat(weights * positive, ties, axis=1)
    downs = np.add.reduceat(weights * ~positive, ties, axis=1)
    below = np.cumsum(downs, axis=1) - downs / 2
    up, down = ups.sum(axis=1), downs.sum(axis=1)
    pairs = up * down
    won = (ups * below).sum(axis=1)
    return up, np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def _summary(drawn: Floats) -> WaucBootstrap:
    difference = drawn[:, 1] - drawn[:, 0]
    n = len(difference)
    # The same sum in another order is no difference.
    low = int((difference <= 1e-12).sum()) + 1
    high = int((difference >= -1e-12).sum()) + 1
    return WaucBootstrap(
        intervals=[_percentiles(column) for column in drawn.T],
        difference_interval=_percentiles(difference),
        p=min(1.0, 2 * min(low, high) / (n + 1)),
        replicates=n,
    )


def _percentiles(values: Floats) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
