"""Ways to choose which pseudo-labels count without a read, compared by `bench/risk.py`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.statistics.acceptance import select, selection_level
from app.statistics.promises import (
    Population,
    most_wrong_reads,
    selected_error_bound,
    whole_set_cut,
)

TOLERATED = 0.05
THRESHOLD = 0.9

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Swept:
    """What a labeler said of calibration reads and of the archive, and where it was wrong."""

    draw: int
    calibration_scores: Floats
    calibration_wrong: Flags
    confidence: Floats
    scores: Floats
    """The confidence, minus infinity where report and film conflict."""
    predicted: NDArray[np.int64]
    wrong: Flags
    patients: int
    read: int
    """Films of the seed patients, whose labels are right."""

    @property
    def labels(self) -> int:
        """All labels together: those read, and those of the archive."""
        return self.read + len(self.scores)

    @property
    def level(self) -> float:
        """That Condyle selects at."""
        return selection_level(TOLERATED, len(self.calibration_scores))

    @property
    def allowed(self) -> int:
        """How many of all labels may be wrong."""
        return int(TOLERATED * self.labels + 1e-9)


def as_condyle(swept: Swept) -> Flags:
    """Conformal p-values at Condyle's level."""
    reads = swept.calibration_scores, swept.calibration_wrong
    return select(*reads, swept.scores, swept.level).accepted


def at_tolerated(swept: Swept) -> Flags:
    """The same at the tolerated error itself."""
    reads = swept.calibration_scores, swept.calibration_wrong
    return select(*reads, swept.scores, TOLERATED).accepted


def randomised_once(swept: Swept) -> Flags:
    """Randomised p-values at Condyle's level, one draw for the whole sweep."""
    return _randomised(swept, np.random.default_rng(swept.draw).random())


def randomised_each(swept: Swept) -> Flags:
    """Randomised p-values at Condyle's level, a draw for each image."""
    return _randomised(swept, np.random.default_rng(swept.draw).random(len(swept.scores)))


def _randomised(swept: Swept, drawn: float | Floats) -> Flags:
    """Benjamini-Hochberg of (wrong reads above + U (1 + wrong reads at the same score)) / (n + 1).

    Jin & Candes, JMLR 2023;24(244), equation 4. The draw is that of the sweep's number, so that it
    comes out the same again.
    """
    wrong = np.sort(swept.calibration_scores[swept.calibration_wrong])
    above = len(wrong) - np.searchsorted(wrong, swept.scores, side="right")
    equal = len(wrong) - np.searchsorted(wrong, swept.scores, side="left") - above
    p_values = (above + drawn * (1 + equal)) / (len(swept.calibration_scores) + 1)
    p_values[np.isneginf(swept.scores)] = 1.0
    ordered = np.sort(p_values)
    steps = swept.level * np.arange(1, len(ordered) + 1) / len(ordered)
    below = np.flatnonzero(ordered <= steps)
    return p_values <= (ordered[below[-1]] if len(below) else -1)


def for_the_whole_set(swept: Swept) -> Flags:
    """What may stay unread, that all labels together are right enough (PAC labels)."""
    cut = whole_set_cut(
        swept.calibration_scores,
        swept.calibration_wrong,
        Population(len(swept.scores), swept.patients),
        swept.allowed,
    )
    return swept.scores > cut.above


def fixed_threshold(swept: Swept) -> Flags:
    """A fixed threshold on the probability, as everybody uses."""
    return swept.confidence >= THRESHOLD


RULES: dict[str, Callable[[Swept], Flags]] = {
    "Condyle's selection": as_condyle,
    "selection at 5 %": at_tolerated,
    "randomised, one draw": randomised_once,
    "randomised, each image": randomised_each,
    "PAC: the whole set": for_the_whole_set,
    f"fixed threshold {THRESHOLD}": fixed_threshold,
}


def bound(swept: Swept) -> float | None:
    """Return what the page says of this sweep's accepted labels: how many are wrong at most."""
    reads = swept.calibration_scores, swept.calibration_wrong
    chosen = select(*reads, swept.scores, swept.level)
    if chosen.threshold is None:
        return None
    return selected_error_bound(
        int((reads[1] & (reads[0] >= chosen.threshold)).sum()),
        most_wrong_reads(swept.level, len(reads[0])),
        len(reads[0]),
        Population(len(swept.scores), swept.patients),
        int(chosen.accepted.sum()),
    )


def reviews_that_were_needed(swept: Swept) -> int:
    """Return how many reads, the least sure first, make all labels together right enough in truth.

    Nobody can know it without the truth: it is what any rule is measured against.
    """
    left = np.cumsum(swept.wrong[np.argsort(-swept.scores, kind="stable")])
    return len(left) - int((left <= swept.allowed).sum())
