"""Exact binomial limits of a proportion."""

import scipy


def clopper_pearson(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided interval of a proportion.

    Args:
        hits: how often it happened, 0 to n.
        n: how often it could have happened, at least 1.
        confidence: of the interval, 0 to 1.

    Returns:
        The lower and the upper limit, 0 to 1 (Clopper & Pearson, Biometrika 1934;26:404).
    """
    tail = (1 - confidence) / 2
    lower = float(scipy.special.betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    return lower, upper_bound(hits, n, 1 - tail)


def upper_bound(hits: int, n: int, confidence: float = 0.95) -> float:
    """Return the exact one-sided upper limit of a proportion (Clopper & Pearson 1934).

    Args:
        hits: how often it happened, 0 to n.
        n: how often it could have happened, at least 1.
        confidence: of the bound, 0 to 1.
    """
    return float(scipy.special.betaincinv(hits + 1, n - hits, confidence)) if hits < n else 1.0
