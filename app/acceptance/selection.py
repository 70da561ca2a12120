"""What the acceptance rule decides of a sweep, before any of it is written."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from app.acceptance.unlike import held_back
from app.acceptance.whole_set import MAY_BE_ACCEPTED, population
from app.db.archive import Image
from app.db.learning import PseudoLabel, Sweep
from app.errors import Conflict, NotFound
from app.statistics.acceptance import (
    Selection,
    acceptance_score,
    least_calibration_reads,
    selection_level,
)
from app.statistics.acceptance import select as select_scores
from app.statistics.promises import most_wrong_reads, selected_error_bound

READ_AT_ONCE = 10_000


@dataclass(frozen=True)
class Plan:
    """What the acceptance rule decides of a sweep, before any of it is written.

    Attributes:
        threshold: the least confidence that is accepted; None for nothing.
        sizes: accepted pseudo-labels by class and site.
        selection: what the rule used and found, but for what follows from the lots.
    """

    sweep_id: int
    threshold: float | None
    sizes: dict[int, dict[str, int]]
    scores: NDArray[np.float64]
    wrong: NDArray[np.bool_]
    rng: int
    selection: dict[str, Any]


def plan(
    session: Session,
    sweep_id: int,
    calibration_scores: NDArray[np.float64],
    calibration_wrong: NDArray[np.bool_],
    rng: int,
) -> Plan:
    """Decide what a sweep accepts; nothing is written.

    Args:
        session: a unit of work that only reads.
        sweep_id: a sweep whose images are all predicted and not yet selected.
        calibration_scores: (n,) `acceptance_score` of the calibration reads by the same labeler.
        calibration_wrong: (n,) whether the labeler's class differs from the reference label.
        rng: the seed of the audit draw.

    Raises:
        Conflict: the acceptance rule has been applied to this sweep already.
        NotFound: there is no such sweep.
    """
    sweep = unselected(session, sweep_id)
    scores = _scores(session, sweep_id)
    level = selection_level(sweep.tolerated_error, len(calibration_scores))
    chosen = select_scores(calibration_scores, calibration_wrong, scores, level)
    accepted = int(chosen.accepted.sum())
    bound = _error_bound(session, sweep_id, chosen, calibration_scores, calibration_wrong, level)
    unlike = held_back(session, sweep_id)
    images = len(scores) + sum(unlike.values())
    found = {
        "tolerated_error": sweep.tolerated_error,
        "level": level,
        "threshold": chosen.threshold,
        "calibration_reads": len(calibration_scores),
        "calibration_wrong": int(calibration_wrong.sum()),
        "accepted": accepted,
        "error_bound": bound,
        "needs_review": images - accepted,
        "unlike": unlike,
        "not_read": _not_read(session, sweep_id),
        "rng": rng,
        "in_words": _in_words(sweep, images, accepted, bound, len(calibration_scores)),
    }
    return Plan(
        sweep_id,
        chosen.threshold,
        _sizes(session, sweep_id, chosen.threshold),
        calibration_scores,
        calibration_wrong,
        rng,
        found,
    )


def unselected(session: Session, sweep_id: int) -> Sweep:
    """Return a sweep to which the acceptance rule has not been applied.

    Raises:
        Conflict: it has.
        NotFound: there is no such sweep.
    """
    sweep = session.get(Sweep, sweep_id)
    if sweep is None:
        raise NotFound(f"There is no sweep {sweep_id}.", "", "Look for it in the list of runs.")
    if sweep.selected:
        raise already_selected(sweep_id)
    return sweep


def already_selected(sweep_id: int) -> Conflict:
    """Return the refusal of a sweep to which the acceptance rule has been applied."""
    return Conflict(
        "The acceptance rule has already been applied to this sweep.",
        f"sweep {sweep_id}",
        "Start a new sweep to select again.",
    )


def is_accepted(threshold: float | None) -> ColumnElement[bool]:
    """Return the condition that a pseudo-label is accepted."""
    return (
        false()
        if threshold is None
        else and_(PseudoLabel.confidence >= threshold, *MAY_BE_ACCEPTED)
    )


def _sizes(session: Session, sweep_id: int, threshold: float | None) -> dict[int, dict[str, int]]:
    """Count what is accepted by class and site."""
    counted = (
        select(PseudoLabel.class_id, Image.site, func.count())
        .join(Image, Image.id == PseudoLabel.image_id)
        .where(PseudoLabel.sweep_id == sweep_id, is_accepted(threshold))
        .group_by(PseudoLabel.class_id, Image.site)
    )
    sizes: dict[int, dict[str, int]] = {}
    for class_id, site, size in session.execute(counted):
        sizes.setdefault(class_id, {})[site] = size
    return sizes


def _error_bound(
    session: Session,
    sweep_id: int,
    chosen: Selection,
    calibration_scores: NDArray[np.float64],
    calibration_wrong: NDArray[np.bool_],
    level: float,
) -> float | None:
    """Return the 95 % bound of the error among what this sweep accepts; None for nothing."""
    if chosen.threshold is None:
        return None
    reads = len(calibration_scores)
    return selected_error_bound(
        int((calibration_wrong & (calibration_scores >= chosen.threshold)).sum()),
        most_wrong_reads(level, reads),
        reads,
        population(session, sweep_id),
        int(chosen.accepted.sum()),
    )


def _scores(session: Session, sweep_id: int) -> NDArray[np.float64]:
    """Return what selection ranks by, of the films the calibration reads stand for.

    Films held back are not among them: they are not to be selected from, so they do not count. A
    conflict, or an answer to nothing, is never accepted.
    """
    mine = PseudoLabel.sweep_id == sweep_id, PseudoLabel.unlike == ""
    barred = or_(PseudoLabel.conflict, PseudoLabel.guessed)
    query = select(PseudoLabel.confidence, barred).where(*mine)
    rows = session.execute(query.execution_options(yield_per=READ_AT_ONCE))
    found = np.fromiter(map(tuple, rows), dtype=[("confidence", float), ("barred", bool)])
    return acceptance_score(found["confidence"], found["barred"])


def _not_read(session: Session, sweep_id: int) -> int:
    """Count the films of a sweep whose report was not read."""
    of_sweep = PseudoLabel.sweep_id == sweep_id, PseudoLabel.not_read != ""
    return session.scalar(select(func.count()).where(*of_sweep)) or 0


def _in_words(sweep: Sweep, images: int, accepted: int, bound: float | None, reads: int) -> str:
    """What the admin should know about a selection."""
    if bound is not None:
        return (
            f"{accepted:,} of {images:,} pseudo-labels are accepted, if their lots pass the audit. "
            f"The calibration reads alone show, with 95 % confidence, that at most "
            f"{100 * bound:.1f} % of these are wrong; the audits say it more exactly."
        )
    needed = least_calibration_reads(sweep.tolerated_error)
    if reads < needed:
        return (
            f"Nothing can be accepted: {reads} calibration reads cannot show an error of "
            f"{100 * sweep.tolerated_error:.1f} % or less. It takes at least {needed}; label more "
            "seed patients, then train the labeler again."
        )
    return (
        "Nothing is accepted: the labeler is wrong too often even where it is most confident. "
        "Review the most informative images, then train the labeler again."
    )
