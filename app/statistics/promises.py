"""What holds for one sweep with a stated confidence, and not only for the mean over sweeps.

Calibration reads are drawn at random, one a patient. Put them in one order with the films that the
sweep may label, the surest first: the places of the wrong calibration reads among everything that
is wrong are then as random as the draw. So the number of wrong labels that are surer than the k-th
wrong calibration read follows a negative hypergeometric law, whatever the labeler is (order
statistics of a sample: Wilks, Ann Math Stat 1941;12:91; for conformal p-values Bates, Candes, Lei,
Romano & Sesia, Ann Stat 2023;51:149). For a large archive its limits are those of Clopper &
Pearson.

A patient counts as one unit. Several films of one patient fail together or not: of all sums of
shares between 0 and 1 with one mean, that of all-or-nothing shares is spread most (convex order),
so to count patients is on the safe side.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from math import ceil, exp, floor

import numpy as np
import scipy
from numpy.typing import NDArray

from app.statistics.acceptance import CONFIDENCE

Floats = NDArray[np.float64]
AUDIT_RISK = 0.01
"""Of the risk of the promise for all labels, what the audits get at least."""
STEPS = 500
"""In which a lot's error is raised to its bound; a whole step too far is taken."""
HALVINGS = 12
"""Of the local risk: to a five-thousandth."""


@dataclass(frozen=True)
class Population:
    """The films the calibration reads stand for: all that were not drawn as seed."""

    images: int
    patients: int


@dataclass(frozen=True)
class Cut:
    """How sure a pseudo-label must be to stay unread in a set that is to be right as a whole."""

    above: float
    """Labels with a greater score may stay unread; infinity: none, minus infinity: all."""
    risk: float
    """The chance that more of these are wrong than are allowed, at most."""


@dataclass(frozen=True)
class Evidence:
    """What is known of the pseudo-labels that nobody has read."""

    wrong: int
    """At most so many are wrong among those the evidence speaks of."""
    in_review: int
    """Labels it says nothing of, which wait for review."""
    elsewhere: int
    """Labels it says nothing of, which review does not show."""


@dataclass(frozen=True)
class AuditedLot:
    """A lot whose sample is fully read."""

    size: int
    sample_size: int
    errors: int


def selected_error_bound(
    wrong_reads: int,
    most_wrong_reads: int,
    reads: int,
    population: Population,
    accepted: int,
    confidence: float = CONFIDENCE,
) -> float:
    """Return an upper bound of the share of wrong labels among those one sweep accepted.

    The threshold was chosen on the same calibration reads. Therefore the bound is made to hold for
    every threshold with 0 to `most_wrong_reads` wrong reads above it at once, at equal local levels
    (Berk & Jones, Z Wahrsch 1979;47:47), by the exact joint law of their places.

    Args:
        wrong_reads: wrong calibration reads at or above the threshold.
        most_wrong_reads: the most there can be at any threshold selection may choose; it may
            depend on everything but the labels of the calibration reads.
        reads: all calibration reads.
        population: the films they stand for.
        accepted: labels at or above the threshold, at least 1.
        confidence: of the bound over all sweeps, those that accept nothing counted as right.

    Returns:
        0 to 1.
    """
    limits = _simultaneous_limits(most_wrong_reads + 1, reads, population.patients, 1 - confidence)
    share = limits[wrong_reads] / population.patients
    return min(1.0, share * population.images / accepted)


def most_wrong_reads(level: float, reads: int) -> int:
    """Return how many wrong calibration reads `select` can have at or above its threshold at most.

    It accepts at p-values up to `level`, and p = (1 + wrong reads) / (reads + 1).
    """
    return max(0, floor(level * (reads + 1) + 1e-9) - 1)


def whole_set_cut(
    calibration_scores: NDArray[np.float64],
    calibration_wrong: NDArray[np.bool_],
    population: Population,
    allowed: int,
    confidence: float = CONFIDENCE,
) -> Cut:
    """Return how sure a label must be to stay unread, so that few enough of these are wrong.

    Probably approximately correct labels (Candes, Ilyas & Zrnic, arXiv 2506.10908) with an exact
    bound: what is surer than the (c + 1)-th wrong calibration read may stay unread. How large c can
    be follows from the numbers of reads, patients and allowed errors alone, not from what was read;
    so nothing was chosen on the reads, and no correction for a choice is due.

    Args:
        calibration_scores: (n,) acceptance scores of the calibration reads.
        calibration_wrong: (n,) whether the labeler's class differs from the read.
        population: the films they stand for.
        allowed: wrong labels that the whole set may hold.
        confidence: of the promise; `AUDIT_RISK` of what is missing to 1 is left to the audits.
    """
    reads, risk = len(calibration_scores), 1 - confidence - AUDIT_RISK
    units = floor(allowed * population.patients / max(1, population.images) + 1e-9)
    chances = (_chance_of_more(units, k, reads, population.patients) for k in range(1, reads + 1))
    spared = list(takewhile(lambda chance: chance <= risk, chances))
    if units >= population.patients:
        return Cut(-np.inf, 0.0)
    if not spared:
        return Cut(np.inf, 0.0)
    surest = np.sort(calibration_scores[calibration_wrong])[::-1]
    above = float(surest[len(spared) - 1]) if len(surest) >= len(spared) else -np.inf
    return Cut(above, spared[-1])


def reviews_needed(evidence: Evidence, allowed: int) -> int | None:
    """Return how many reviews it takes until no more labels than allowed can be wrong.

    Labels of which nothing is known may all be wrong; as many as are still allowed may stay unread.

    Args:
        evidence: of the unread pseudo-labels; those that were read count as right.
        allowed: wrong labels that the whole set may hold.

    Returns:
        The number; None where reviews alone are not enough.
    """
    left = allowed - evidence.wrong - evidence.elsewhere
    return None if left < 0 else max(0, evidence.in_review - left)


def wrong_in_audited(lots: Sequence[AuditedLot], of: int, confidence: float) -> int:
    """Return how many labels of audited lots can still be wrong, all lots together.

    Fisher's combination of the tails P(X <= errors) of the lots (Statistical Methods for Research
    Workers, 1932, 21.1) is inverted: the bound is the largest total that it does not reject. A lot
    that failed, or is not read to its end, would only lower the product of all tails. So the bound
    holds at once for whichever of the lots have been released so far. The binomial law is on the
    safe side for samples without replacement. A lot that was read whole holds no wrong label.

    Args:
        lots: those that were released.
        of: how many lots were made that are not read whole, released or not.
        confidence: of the bound.

    Returns:
        Wrong labels among those not in the samples.
    """
    sampled = [lot for lot in lots if lot.sample_size < lot.size]
    if not sampled:
        return 0
    # Half a chi-squared quantile of 2 x `of`.
    bearable = float(scipy.special.gammaincinv(of, confidence))
    steps = [_steps(lot, bearable) for lot in sampled]
    gains, costs = (np.concatenate(each) for each in zip(*steps, strict=True))
    # Each lot's costs rise more and more (the tail is log-concave), so the cheapest come first.
    cheapest = np.argsort(costs / gains, kind="stable")
    taken = np.searchsorted(np.cumsum(costs[cheapest]), bearable) + 1
    total = gains[cheapest[:taken]].sum() - sum(lot.errors for lot in sampled)
    return min(floor(total + 1e-9), sum(lot.size - lot.sample_size for lot in sampled))


def least_wrong_in_audited(lots: Sequence[AuditedLot], confidence: float) -> int:
    """Return how many labels of audited lots are wrong at least, those found included.

    Each lot has Clopper & Pearson's lower limit at the confidence that all hold together.

    Args:
        lots: all that are read to their end, whether they were released or failed.
        confidence: of the bound.
    """
    tail = (1 - confidence) / max(1, len(lots))
    return sum(
        lot.errors
        if lot.sample_size == lot.size or not lot.errors
        else ceil(
            lot.size * scipy.special.betaincinv(lot.errors, lot.sample_size - lot.errors + 1, tail)
        )
        for lot in lots
    )


def _steps(lot: AuditedLot, bearable: float) -> tuple[Floats, Floats]:
    """Return what each small rise of a lot's error adds: wrong labels, and minus the log tail."""
    most = scipy.special.betainccinv(lot.errors + 1, lot.sample_size - lot.errors, exp(-bearable))
    shares = np.linspace(0, most, STEPS + 1)
    tails = -np.log(scipy.special.bdtr(lot.errors, lot.sample_size, shares))
    return lot.size * np.diff(shares), np.diff(tails)


def _chance_of_more(units: int, k: int, reads: int, patients: int) -> float:
    """Return the chance that more than `units` of the patients come before the k-th read."""
    if units >= patients:
        return 0.0
    return float(scipy.stats.hypergeom.cdf(k - 1, reads + patients, reads, units + k))


@lru_cache
def _simultaneous_limits(most: int, reads: int, patients: int, risk: float) -> Sequence[int]:
    """Return how many patients come before the first, second, ... read at most, all at once.

    Args:
        most: how many limits.
        reads: in the random order.
        patients: likewise.
        risk: that any of the limits is passed, at most.
    """
    low, high = risk / most, risk
    places = range(1, most + 1)
    limits = [_limit(low, k, reads, patients) for k in places]
    for _ in range(HALVINGS):
        local = (low + high) / 2
        tried = [_limit(local, k, reads, patients) for k in places]
        if _chance_that_any_is_passed(tried, reads, patients) <= risk:
            low, limits = local, tried
        else:
            high = local
    return limits


def _limit(local_risk: float, k: int, reads: int, patients: int) -> int:
    """Return the least limit for the patients before the k-th read that holds but for the risk."""
    return bisect_left(
        range(patients),
        -local_risk,
        key=lambda units: -_chance_of_more(units, k, reads, patients),
    )


def _chance_that_any_is_passed(limits: Sequence[int], reads: int, patients: int) -> float:
    """Walk down the random order from limit to limit, keeping how many reads have come.

    Past `limits[k - 1]` patients and k reads, at least k reads must have come.
    """
    enough, place = len(limits), 0
    chances = np.zeros(enough + 1)
    chances[0] = 1.0
    for k, limit in enumerate(limits, 1):
        step = limit + k - place
        onward = np.zeros(enough + 1)
        for seen in range(enough):
            left = reads + patients - place
            more = np.arange(enough - seen + 1)
            come = scipy.stats.hypergeom.pmf(more, left, reads - seen, step)
            come[-1] = 1 - come[:-1].sum()
            onward[seen:] += chances[seen] * come
        onward[enough] += chances[enough]
        onward[:k] = 0
        chances, place = onward, limit + k
    return float(1 - chances.sum())
