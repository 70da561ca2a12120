"""What to accept without a read, and how a random audit sample confirms it."""

from dataclasses import dataclass
from math import ceil

import numpy as np
import scipy
from numpy.typing import NDArray

from app.statistics.proportions import upper_bound

Floats = NDArray[np.float64]
CONFIDENCE = 0.95
MOST_ALLOWED_ERRORS = 2


@dataclass(frozen=True)
class Selection:
    """The pseudo-labels that may be accepted."""

    accepted: NDArray[np.bool_]
    """(n,)"""
    threshold: float | None
    """The lowest accepted score: exactly the scores at or above it are accepted; None for none."""
    p_values: Floats
    """(n,) conformal p-value of "this pseudo-label is wrong"."""


@dataclass(frozen=True)
class Verdict:
    """What a fully read audit sample says of its lot."""

    passed: bool
    upper_bound: float
    """95 % upper bound of the lot's error; the error itself where the lot was read whole."""


def acceptance_score(confidence: Floats, barred: NDArray[np.bool_]) -> Floats:
    """Return what selection ranks by: the confidence, minus infinity where never to be accepted.

    Args:
        confidence: (n,) largest calibrated probability.
        barred: (n,) the report and the image point to different classes, or neither was read.
    """
    return np.where(barred, -np.inf, confidence)


def select(
    calibration_scores: Floats,
    calibration_wrong: NDArray[np.bool_],
    scores: Floats,
    level: float,
) -> Selection:
    """Choose pseudo-labels so that the expected share of wrong ones is at most `level`.

    Conformal p-values (1 + wrong calibration reads scoring as high) / (n + 1), then
    Benjamini-Hochberg. Valid if the calibration reads are exchangeable with the swept images: drawn
    at random, one per patient, unused in training.

    Args:
        calibration_scores: (n,) acceptance scores of the calibration reads.
        calibration_wrong: (n,) whether the labeler's class differs from the read.
        scores: (m,) acceptance scores of the swept images; minus infinity is never accepted.
        level: the expected error among the accepted, above 0 and below 1.

    Returns:
        See `Selection`. Source: Jin & Candes, JMLR 2023;24(244); conformal labeling,
        arXiv 2510.14581.
    """
    wrong = np.sort(calibration_scores[calibration_wrong])
    as_high = len(wrong) - np.searchsorted(wrong, scores, side="left")
    p_values = (1 + as_high) / (len(calibration_scores) + 1)
    p_values[np.isneginf(scores)] = 1.0
    ordered = np.sort(p_values)
    below = np.flatnonzero(ordered <= level * np.arange(1, len(scores) + 1) / len(scores))
    accepted = p_values <= (ordered[below[-1]] if len(below) else -1)
    threshold = float(scores[accepted].min()) if accepted.any() else None
    return Selection(accepted, threshold, p_values)


def selection_level(tolerated_error: float, calibration_reads: int) -> float:
    """Return the level to select at, stricter than promised so that a lot can pass its audit.

    Half the tolerated error, but never so strict that fewer than a third of the images could not
    be accepted even without a wrong calibration read (the least p-value is 1 / (n + 1)). It
    depends on no label, so the guarantee of `select` holds.

    Args:
        tolerated_error: among accepted labels, 0 to 1.
        calibration_reads: how many there are.
    """
    return min(tolerated_error, max(tolerated_error / 2, 3 / (calibration_reads + 1)))


def least_calibration_reads(tolerated_error: float) -> int:
    """Return how many calibration reads it takes for anything to be accepted at all.

    Args:
        tolerated_error: among accepted labels, above 0 and below 1.
    """
    return ceil(1 / tolerated_error - 1 - 1e-9)


def audit_plan(tolerated_error: float, allowed_errors: int) -> int:
    """Return the smallest sample that shows, with 95 % confidence, an error below the tolerated.

    Args:
        tolerated_error: of the lot, above 0 and below 1.
        allowed_errors: wrong labels in the sample with which the lot still passes.

    Returns:
        The least n with P(X <= allowed_errors | n, tolerated_error) <= 0.05, X binomial:
        for 5 %: 59, 93, 124 for 0, 1, 2. Sampling a finite lot without replacement is safer still.
    """
    low, high = allowed_errors + 1, allowed_errors + 2
    while _risk(high, tolerated_error, allowed_errors) > 1 - CONFIDENCE:
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if _risk(middle, tolerated_error, allowed_errors) <= 1 - CONFIDENCE:
            high = middle
        else:
            low = middle + 1
    return low


def plan_for_lot(tolerated_error: float, size: int) -> tuple[int, int]:
    """Return the sample size and the allowed errors for a lot, from its size alone.

    More allowed errors make a good lot pass more surely and cost more reads: the largest plan of
    0, 1 or 2 allowed errors that reads at most a tenth of the lot.

    Args:
        tolerated_error: of the lot, above 0 and below 1.
        size: images in the lot.

    Returns:
        (sample size, allowed errors); a lot no larger than the smallest plan is read whole, and
        then as many errors are allowed as the tolerated error amounts to.
    """
    if size <= audit_plan(tolerated_error, 0):
        return size, int(tolerated_error * size + 1e-9)
    plans = [(audit_plan(tolerated_error, c), c) for c in range(MOST_ALLOWED_ERRORS + 1)]
    return max(plan for plan in plans if plan[0] <= size / 10 or plan[1] == 0)


def judge(errors: int, sample_size: int, allowed_errors: int, lot_size: int) -> Verdict:
    """Judge a lot by its fully read sample.

    Args:
        errors: wrong pseudo-labels in the sample.
        sample_size: images read.
        allowed_errors: with which the lot still passes, fixed before the reads.
        lot_size: images in the lot.
    """
    if sample_size == lot_size:
        bound = errors / lot_size
    else:
        bound = upper_bound(errors, sample_size, CONFIDENCE)
    return Verdict(errors <= allowed_errors, bound)


def _risk(n: int, tolerated_error: float, allowed_errors: int) -> float:
    """Chance that a lot exactly at the tolerated error passes."""
    return float(scipy.special.bdtr(allowed_errors, n, tolerated_error))
