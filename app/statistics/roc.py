"""ROC curves and what a model does at a stated operating point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.statistics.proportions import clopper_pearson

Floats = NDArray[np.float64]
MOST_POINTS = 200


@dataclass(frozen=True)
class Share:
    """A proportion, its exact 95 % interval, and the images it is of; no value without images."""

    value: float | None
    ci: tuple[float, float] | None
    n: int


@dataclass(frozen=True)
class OperatingPoint:
    """Sensitivity and specificity for one class."""

    sensitivity: Share
    specificity: Share


def roc_points(positive: NDArray[np.bool_], scores: Floats) -> list[tuple[float, float]]:
    """Return points (1 - specificity, sensitivity) of the ROC curve, from (0, 0) to (1, 1).

    Args:
        positive: (n,) which images have the class; at least one does and one does not.
        scores: (n,).

    Returns:
        At most 200 exact points of the curve; tied scores share one.
    """
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.r_[np.diff(scores[order]) != 0, True]
    up = np.cumsum(positive[order])[last_of_tie]
    down = np.cumsum(~positive[order])[last_of_tie]
    x, y = np.r_[0, down] / down[-1], np.r_[0, up] / up[-1]
    kept = _corners(x, y)
    if len(kept) > MOST_POINTS:
        kept = kept[np.round(np.linspace(0, len(kept) - 1, MOST_POINTS)).astype(np.int64)]
    return [(float(a), float(b)) for a, b in zip(x[kept], y[kept], strict=True)]


def operating_point(positive: NDArray[np.bool_], called: NDArray[np.bool_]) -> OperatingPoint:
    """Return sensitivity and specificity of a decision.

    Args:
        positive: (n,) which images have the class.
        called: (n,) which images the model says have it.
    """
    return OperatingPoint(
        share(int((positive & called).sum()), int(positive.sum())),
        share(int((~positive & ~called).sum()), int((~positive).sum())),
    )


def threshold_for_sensitivity(
    positive: NDArray[np.bool_], scores: Floats, sensitivity: float
) -> float:
    """Return the highest threshold (score >= threshold) that reaches a sensitivity.

    Args:
        positive: (n,) which images have the class, at least one.
        scores: (n,).
        sensitivity: to reach, above 0 and at most 1.
    """
    best_first = np.sort(scores[positive])[::-1]
    needed = int(np.ceil(sensitivity * len(best_first) - 1e-9))
    return float(best_first[needed - 1])


def share(hits: int, n: int) -> Share:
    """Return a proportion with its exact interval (Clopper & Pearson 1934)."""
    return Share(hits / n, clopper_pearson(hits, n), n) if n else Share(None, None, 0)


def _corners(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Points where the curve turns; those on a straight stretch add nothing."""
    bends = np.diff(x[:-1]) * np.diff(y)[1:] != np.diff(y[:-1]) * np.diff(x)[1:]
    return np.flatnonzero(np.r_[True, bends, True])
