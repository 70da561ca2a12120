"""Which of many films are unlike calibration reads, by how much they differ from the seed."""

import numpy as np
from numpy.typing import NDArray

FALSE_SHARE = 0.2
"""Of what is called unlike, the expected share that is like the calibration reads after all."""
FALSE_ALARMS = 0.02
"""The chance that a film which is like the calibration reads is called unlike."""

UNSEEN = 0.05
"""The largest share of an archive's films that can be in groups without a calibration read, as
estimated from these, for such a group to count as unusual."""

Floats = NDArray[np.float64]


def unlike(calibration: Floats, scores: Floats) -> NDArray[np.bool_]:
    """Tell which films are unlike the calibration reads.

    A film's p-value is the rank of its score among those of the calibration reads,
    (1 + calibration reads scoring as high) / (n + 1), and Benjamini-Hochberg calls films unlike so
    that a fifth of them at most is expected to be like the others. Whatever that allows, no film
    is called unlike whose p-value is above 2 %, or above 1 / (n + 1) where n is below 49. Where no
    film differs, none is called unlike in four sweeps of five.

    Valid if calibration reads and the films that are like them are exchangeable, and the scores do
    not depend on which of them are which, as those of `models.unlike.compare`.

    Args:
        calibration: (n,) scores of the calibration reads; none: nothing is unlike.
        scores: (m,) of the films; larger is more different.

    Returns:
        bool (m,).

    Source: Bates, Candes, Lei, Romano & Sesia, Annals of Statistics 2023;51(1);
        Marandon, Lei, Mary & Roquain, Annals of Statistics 2024;52(1). The limit on p-values keeps
        the set self-consistent (Blanchard & Roquain, Electronic Journal of Statistics 2008;2).
    """
    n, m = len(calibration), len(scores)
    as_high = n - np.searchsorted(np.sort(calibration), scores, side="left")
    p_values = (1 + as_high) / (n + 1)
    limits = np.minimum(
        FALSE_SHARE * np.arange(1, m + 1) / max(1, m), max(FALSE_ALARMS, 1 / (n + 1))
    )
    below = np.flatnonzero(np.sort(p_values) <= limits)
    if not len(below) or not n:
        return np.zeros(m, np.bool_)
    return np.asarray(p_values <= np.sort(p_values)[below[-1]])


def unseen(counts: Floats | NDArray[np.int64]) -> bool:
    """Tell whether a film of a group that no calibration read is of is unlike them.

    It is where groups with a single calibration read are few: the conformal p-value of a new group
    is (1 + groups with one read) / (n + 1), because among n + 1 exchangeable films each is as
    likely to be the one that is alone in its group. An archive of many small groups brings new
    ones all the time, and then a new group is nothing unusual.

    Args:
        counts: (groups,) calibration reads of each group that has any.

    Returns:
        Whether the p-value is at most 5 %. Source: Good, Biometrika 1953;40:237.
    """
    alone = int((np.asarray(counts) == 1).sum())
    return bool((1 + alone) / (np.sum(counts) + 1) <= UNSEEN)
