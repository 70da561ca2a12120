"""Agreement of two sets of labels: the confusion matrix and Cohen's kappa."""

import numpy as np
from numpy.typing import NDArray

from app.statistics.auc import Z95


def confusion_matrix(
    reference: NDArray[np.int64], other: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """Count each pair of labels.

    Args:
        reference: (n,) class indices, the rows.
        other: (n,) class indices, the columns.
        classes: number of classes.

    Returns:
        (classes, classes) counts.
    """
    return np.bincount(reference * classes + other, minlength=classes**2).reshape(classes, classes)


def cohen_kappa(matrix: NDArray[np.int64]) -> tuple[float, tuple[float, float]] | None:
    """Return Cohen's kappa and its 95 % interval.

    Args:
        matrix: (classes, classes) counts.

    Returns:
        Kappa and normal limits cut to -1..1 (Fleiss, Cohen & Everitt, Psychol Bull 1969;72:323,
        eq. 13); None where chance alone explains all agreement or nothing was counted.
    """
    n = int(matrix.sum())
    if not n:
        return None
    p = matrix / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    if expected >= 1:
        return None
    kappa = (observed - expected) / (1 - expected)
    half = Z95 * float(np.sqrt(max(0.0, _variance(p, rows, columns, observed, expected)) / n))
    return kappa, (max(-1.0, kappa - half), min(1.0, kappa + half))


def _variance(
    p: NDArray[np.float64],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    observed: float,
    expected: float,
) -> float:
    """Of kappa, times n."""
    marginals = columns[:, None] + rows[None, :]
    diagonal = np.diag(p)
    agreeing = diagonal @ ((1 - expected) - np.diag(marginals) * (1 - observed)) ** 2
    others = p * marginals**2
    differing = (1 - observed) ** 2 * (others.sum() - np.trace(others))
    chance = (observed * expected - 2 * expected + observed) ** 2
    return float((agreeing + differing - chance) / (1 - expected) ** 4)
