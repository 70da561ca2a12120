"""Area under the ROC curve, its variance after DeLong, and the paired test of two models."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class DeLong:
    """AUCs of one or more models on the same images, and what is needed for their variance."""

    aucs: Floats
    """(models,)"""
    positive_deviations: Floats
    """(models, positives): placement value less AUC, divided by the number of positives."""
    negative_deviations: Floats
    """(models, negatives)"""
    positive: NDArray[np.bool_]
    """(n,) which images are positive."""

    def covariance(self) -> Floats:
        """Return the (models, models) covariance (DeLong et al., Biometrics 1988;44:837)."""
        return _corrected(self.positive_deviations) + _corrected(self.negative_deviations)

    def clustered_covariance(self, patients: NDArray[np.int64]) -> Floats:
        """Return the covariance that allows for images of one patient being alike.

        Args:
            patients: (n,) patient index of each image.

        Returns:
            (models, models); Obuchowski, Biometrics 1997;53:567, with one finite-sample factor.
        """
        deviations = np.empty((len(self.aucs), len(self.positive)))
        deviations[:, self.positive] = self.positive_deviations
        deviations[:, ~self.positive] = self.negative_deviations
        _, index = np.unique(patients, return_inverse=True)
        sums = np.array([np.bincount(index, weights=row) for row in deviations])
        clusters = sums.shape[1]
        if clusters < 2:
            return np.zeros((len(self.aucs), len(self.aucs)))
        return sums @ sums.T * clusters / (clusters - 1)


def auc(positive: NDArray[np.bool_], scores: Floats) -> float | None:
    """Return the probability that a positive scores above a negative, ties counting half.

    Args:
        positive: (n,) which images have the class.
        scores: (n,) the model's score; any monotone scale.

    Returns:
        The AUC (Mann-Whitney, by midranks), or None where a side is empty.
    """
    m, n = int(positive.sum()), int((~positive).sum())
    if not m or not n:
        return None
    ranks = _midranks(scores)[positive].sum()
    return float((ranks - m * (m + 1) / 2) / (m * n))


def delong(positive: NDArray[np.bool_], scores: Floats) -> DeLong:
    """Return AUCs and placement values of several models in O(n log n).

    Args:
        positive: (n,) which images have the class; at least one does and one does not.
        scores: (models, n).

    Returns:
        See `DeLong`; the algorithm is Sun & Xu, IEEE Signal Process Lett 2014;21:1389.
    """
    m, n = int(positive.sum()), int((~positive).sum())
    together = _midranks(scores)
    above = (together[:, positive] - _midranks(scores[:, positive])) / n
    below = 1 - (together[:, ~positive] - _midranks(scores[:, ~positive])) / m
    aucs = above.mean(axis=1)
    return DeLong(aucs, (above - aucs[:, None]) / m, (below - aucs[:, None]) / n, positive)


def auc_interval(value: float, variance: float, m: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of an AUC.

    Args:
        value: the AUC.
        variance: DeLong's.
        m: number of positives.
        n: number of negatives.

    Returns:
        Normal limits cut to 0..1 as the paper and pROC give them; where the variance is zero
        (perfect separation) they would claim certainty, and Newcombe's score limits stand in
        (Newcombe, Stat Med 2006;25:559, method 5).
    """
    if variance <= 0:
        return _newcombe(value, m, n)
    half = Z95 * float(np.sqrt(variance))
    return max(0.0, value - half), min(1.0, value + half)


def difference_test(aucs: Floats, covariance: Floats) -> tuple[float, float] | None:
    """Test whether two models on the same images have the same AUC.

    Args:
        aucs: (2,) of the first and of the second model.
        covariance: (2, 2) of these AUCs.

    Returns:
        z (positive where the second is better) and the two-sided p; z 0 and p 1 for models that
        rank alike; None where the AUCs differ but DeLong's variance is zero.
    """
    difference = float(aucs[1] - aucs[0])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if abs(difference) < 1e-12:
        return 0.0, 1.0
    if variance < 1e-18:
        return None
    z = difference / np.sqrt(variance)
    return float(z), float(2 * scipy.special.ndtr(-abs(z)))


def weighted_auc(aucs: Sequence[float | None], counts: Sequence[int]) -> float | None:
    """Return the WAUC: the mean one-vs-rest AUC, weighted by the classes' prevalence.

    Args:
        aucs: one-vs-rest AUC of each class, None where it has none.
        counts: images of each class.

    Returns:
        Sum of prevalence x AUC over the classes that have an AUC (Zhang et al., J Digit Imaging
        2023;36:2402), None where no class has one.
    """
    known = [(a, c) for a, c in zip(aucs, counts, strict=True) if a is not None]
    total = sum(count for _, count in known)
    return sum(a * count for a, count in known) / total if total else None


def _midranks(scores: Floats) -> Floats:
    """Rank along the last axis, equal scores by their mean rank."""
    return np.asarray(scipy.stats.rankdata(scores, axis=-1))


def _corrected(deviations: Floats) -> Floats:
    """Sample covariance of the mean; a single observation has none, so it adds nothing."""
    count = deviations.shape[1]
    return deviations @ deviations.T * (count / (count - 1) if count > 1 else 0.0)


def _newcombe(value: float, m: int, n: int) -> tuple[float, float]:
    def distance(theta: float) -> float:
        spread = (1 - theta) / (2 - theta) + theta / (1 + theta)
        variance = theta * (1 - theta) * (1 + ((m + n) / 2 - 1) * spread) / (m * n)
        return abs(value - theta) - Z95 * float(np.sqrt(variance))

    # At 0 and 1 the distance is zero as well, and that root is not the limit.
    lower = scipy.optimize.brentq(distance, 0, value - 1e-9) if value > 0 else 0.0
    upper = scipy.optimize.brentq(distance, value + 1e-9, 1) if value < 1 else 1.0
    return float(lower), float(upper)
