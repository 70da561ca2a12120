"""Agreement of readers beyond chance: Cohen's kappa for two, Fleiss' for any number of them.

Intervals allow for several images of one patient: both kappas are linearised, and the influences
of a patient's images are added before they are squared. With one image a patient they are the
usual large-sample intervals (Fleiss, Cohen & Everitt, Psychol Bull 1969;72:323 for Cohen's kappa;
Gwet, Educ Psychol Meas 2021;81:781 for Fleiss'), up to n / (n - 1).
"""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from app.statistics.auc import Z95

Floats = NDArray[np.float64]


class Kappa(NamedTuple):
    """Agreement beyond chance, 1 being perfect and 0 what chance alone gives."""

    value: float
    ci: tuple[float, float]
    """95 % limits."""
    images: int
    observed: float
    """The share of pairs of reads that agree."""


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


def cohen(
    one: NDArray[np.int64], other: NDArray[np.int64], categories: int, patients: NDArray[np.int64]
) -> Kappa | None:
    """Return Cohen's kappa of paired reads (Cohen, Educ Psychol Meas 1960;20:37).

    Args:
        one: (n,) categories from 0, by one reader.
        other: (n,) categories, by the other.
        categories: how many there are.
        patients: (n,) whose image each pair is of.

    Returns:
        None where nothing was read, or a reader used one category only: kappa is 0 then, or does
        not exist, whatever the other said.
    """
    n = len(one)
    if min(len(np.unique(one)), len(np.unique(other))) < 2:
        return None
    rows = np.bincount(one, minlength=categories) / n
    columns = np.bincount(other, minlength=categories) / n
    agree = (one == other).astype(np.float64)
    chance = (columns[one] + rows[other]) / 2
    return _linearised(agree, chance, float(rows @ columns), patients)


def fleiss(counts: NDArray[np.int64], patients: NDArray[np.int64]) -> Kappa | None:
    """Return Fleiss' kappa (Psychol Bull 1971;76:378), for any two or more reads an image.

    Where images have unequally many reads, each image weighs the same (Gwet, Handbook of
    Inter-Rater Reliability, 4th ed. 2014, 2.5).

    Args:
        counts: (images, categories) how many readers chose each.
        patients: (images,) whose image each is.

    Returns:
        None where chance alone explains all agreement, or no image has two reads.
    """
    several = counts.sum(axis=1) >= 2
    counts, patients = counts[several].astype(np.float64), patients[several]
    if not len(counts):
        return None
    reads = counts.sum(axis=1, keepdims=True)
    shares = counts / reads
    prevalence = shares.mean(axis=0)
    agree = (counts * (counts - 1)).sum(axis=1) / (reads * (reads - 1))[:, 0]
    return _linearised(agree, shares @ prevalence, float(prevalence @ prevalence), patients)


def of_category(counts: NDArray[np.int64], category: int) -> NDArray[np.int64]:
    """Return counts of one category against all others, for a kappa of that category.

    Args:
        counts: (images, categories).
        category: which one.

    Returns:
        (images, 2): the category, and the rest.
    """
    own = counts[:, category]
    return np.stack([own, counts.sum(axis=1) - own], axis=1)


def _linearised(
    agree: Floats, chance: Floats, expected: float, patients: NDArray[np.int64]
) -> Kappa | None:
    """Return kappa from what each image adds to observed and to expected agreement.

    Args:
        agree: (n,) share of an image's pairs of reads that agree.
        chance: (n,) with mean `expected`: half of an image's influence on it.
        expected: agreement by chance.
    """
    observed = float(agree.mean())
    if expected >= 1 - 1e-12:
        return None
    kappa = (observed - expected) / (1 - expected)
    if observed == 1:
        return Kappa(kappa, (_perfect(len(np.unique(patients)), expected), 1.0), len(agree), 1.0)
    influence = (agree - expected - 2 * (1 - kappa) * (chance - expected)) / (1 - expected) - kappa
    sums = np.bincount(np.unique(patients, return_inverse=True)[1], weights=influence)
    groups = len(sums)
    if groups < 2 or sums @ sums < 1e-12:  # nothing varies, so nothing is known of the error
        return Kappa(kappa, (-1.0, 1.0), len(agree), observed)
    half = Z95 * float(np.sqrt(groups / (groups - 1) * (sums @ sums))) / len(agree)
    return Kappa(kappa, (max(-1.0, kappa - half), min(1.0, kappa + half)), len(agree), observed)


def _perfect(patients: int, expected: float) -> float:
    """Return the lower limit where all agree: the variance is 0 then, but agreement not certain.

    From the exact lower limit of the observed agreement (Clopper & Pearson, Biometrika
    1934;26:404), the patient being the unit and chance agreement taken as known.
    """
    lowest = float(scipy.special.betaincinv(patients, 1, 0.025))
    return max(-1.0, (lowest - expected) / (1 - expected))
