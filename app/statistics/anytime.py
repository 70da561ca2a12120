"""A lower limit of a proportion that holds whenever one looks, and however often.

An exact interval holds for one look. Whoever looks after each read, and stops something at the
first that is above a bound, looks a thousand times. What is kept here is a bet against "at most the
bound": its mean is never above one while that is true, so it is rarely ever large.
"""

from math import exp, inf, log

import scipy

PRECISION = 1e-6


def log_evidence(hits: int, n: int, bound: float) -> float:
    """Return the evidence against a proportion of at most a bound, as a natural logarithm.

    The likelihood of what was seen, averaged over proportions above the bound, over that at the
    bound. The average weighs by Beta(1, 1 / (2 bound)) cut off at the bound: most weight lies
    within a few times the bound, where a proportion that matters lies. While the proportion is at
    most the bound, whatever came before, the chance that this is ever log(1 / r) or more is at
    most r.

    Args:
        hits: how often it happened, 0 to n.
        n: how often it could have happened.
        bound: above 0 and below 1.

    Source: Ville, Etude critique de la notion de collectif 1939; Robbins, Ann Math Stat
        1970;41:1397 (the average over alternatives); Howard, Ramdas, McAuliffe & Sekhon, Ann Stat
        2021;49:1055.
    """
    width = 1 / (2 * bound)
    betaln = scipy.special.betaln
    above = betaln(hits + 1, n - hits + width) + _log_above(bound, hits + 1, n - hits + width)
    before = betaln(1, width) + _log_above(bound, 1, width)
    at_the_bound = hits * log(bound) + (n - hits) * log(1 - bound)
    return float(above - before - at_the_bound)


def lower_limit(hits: int, n: int, risk: float) -> float:
    """Return the lower limit of a proportion that holds at all looks at once.

    Args:
        hits: how often it happened, 0 to n.
        n: how often it could have happened.
        risk: the chance that the limit is ever above the proportion, 0 to 1.

    Returns:
        The largest bound that `log_evidence` speaks against by 1 / risk, 0 where it does of none.
    """
    enough = -log(risk)
    low, high = 0.0, hits / n if n else 0.0
    while high - low > PRECISION:
        middle = (low + high) / 2
        if log_evidence(hits, n, middle) >= enough:
            low = middle
        else:
            high = middle
    return low


def times(log_of_evidence: float) -> float:
    """Return evidence as "so many to one", one million at most."""
    return exp(min(log_of_evidence, log(1e6)))


def _log_above(bound: float, one: float, other: float) -> float:
    """Return the log of the weight above the bound; so little of it is no evidence at all."""
    above = float(scipy.special.betaincc(one, other, bound))
    return log(above) if above else -inf
