"""Whether probabilities mean what they say: reliability bins, calibration error, Brier score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.statistics.proportions import clopper_pearson

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReliabilityBin:
    """Images whose largest probability lies in one interval."""

    lower: float
    upper: float
    n: int
    confidence: float
    """Mean of the largest probabilities."""
    accuracy: float
    """Share of images whose most probable class is the reference label."""
    ci: tuple[float, float]
    """Exact 95 % interval of the accuracy."""


def reliability_bins(
    labels: NDArray[np.int64], probabilities: Floats, bins: int = 10
) -> list[ReliabilityBin]:
    """Compare stated confidence with accuracy.

    Args:
        labels: (n,) class indices.
        probabilities: (n, classes).
        bins: intervals of equal width over 0..1.

    Returns:
        The bins that hold an image, from low to high confidence.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    return [
        _bin(b / bins, (b + 1) / bins, confidence[place == b], right[place == b])
        for b in np.unique(place)
    ]


def expected_calibration_error(bins: list[ReliabilityBin]) -> float:
    """Return the mean gap between confidence and accuracy, weighted by images.

    Source: Guo et al., ICML 2017 (top-label ECE, bins of equal width).
    """
    return sum(b.n * abs(b.accuracy - b.confidence) for b in bins) / sum(b.n for b in bins)


def brier_score(labels: NDArray[np.int64], probabilities: Floats) -> float:
    """Return the mean squared distance to the truth, summed over classes, 0 (best) to 2.

    Source: Brier, Mon Weather Rev 1950;78:1.
    """
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def calibration_intervals(
    labels: NDArray[np.int64], probabilities: Floats, bins: int = 10, replicates: int = 1000
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return 95 % intervals of the Brier score and of the expected calibration error.

    Percentiles over samples drawn with replacement (Efron & Tibshirani 1993, chapter 13). The
    calibration error of few images is too large on average, so its interval is, too.

    Args:
        labels: (n,) class indices of independent images, n at least 1.
        probabilities: (n, classes).
        bins: intervals of equal width over 0..1.
        replicates: how many samples are drawn, always the same ones for as many images.
    """
    n = len(labels)
    truth = np.eye(probabilities.shape[1])[labels]
    squared = ((probabilities - truth) ** 2).sum(axis=1)
    confidence = probabilities.max(axis=1)
    gap = confidence - (probabilities.argmax(axis=1) == labels)
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.zeros((n, bins))
    gaps[np.arange(n), place] = gap
    weights = np.random.default_rng(n).multinomial(n, np.full(n, 1 / n), size=replicates) / n
    brier, error = weights @ squared, np.abs(weights @ gaps).sum(axis=1)
    return _percentiles(brier), _percentiles(error)


def _percentiles(values: Floats) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _bin(
    lower: float, upper: float, confidence: Floats, right: NDArray[np.bool_]
) -> ReliabilityBin:
    n, hits = len(right), int(right.sum())
    return ReliabilityBin(
        float(lower), float(upper), n, float(confidence.mean()), hits / n, clopper_pearson(hits, n)
    )
