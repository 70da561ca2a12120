"""Whether scores of one time are distributed as those of a reference."""

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def distance(scores: Floats, reference: Floats) -> float:
    """Return the largest distance of two empirical distribution functions, 0 to 1.

    Args:
        scores: (n,), n at least 1.
        reference: (m,), m at least 1.

    Source: Smirnov, Bull Math Univ Moscou 1939;2:3 (the two-sample Kolmogorov-Smirnov statistic).
    """
    at = np.concatenate([scores, reference])
    return float(np.abs(share_up_to(scores, at) - share_up_to(reference, at)).max())


def p_of_distance(found: float, n: int, m: int) -> float:
    """Return the chance of such a distance, or a larger one, of two samples of one distribution.

    By the limit for large samples (Smirnov, Ann Math Stat 1948;19:279), which is a little too large
    in small ones and where scores are tied: so it calls a shift too rarely, never too often. Scores
    of one sample must be independent: one of each patient.

    Args:
        found: as `distance` returned it.
        n: scores of one sample.
        m: of the other.
    """
    return float(scipy.special.kolmogorov(np.sqrt(n * m / (n + m)) * found))


def adjusted(p_values: Floats) -> Floats:
    """Return p-values of several tests adjusted so that all of them hold together.

    Args:
        p_values: (n,).

    Source: Holm, Scand J Stat 1979;6:65.
    """
    order = np.argsort(p_values)
    factors = np.arange(len(p_values), 0, -1)
    raised = np.maximum.accumulate(p_values[order] * factors)
    found = np.empty(len(p_values))
    found[order] = np.minimum(raised, 1.0)
    return found


def share_up_to(scores: Floats, at: Floats) -> Floats:
    """Return the empirical distribution function of scores: the share of them up to each value.

    Args:
        scores: (n,), n at least 1.
        at: (m,) values.
    """
    return np.searchsorted(np.sort(scores), at, side="right") / len(scores)
