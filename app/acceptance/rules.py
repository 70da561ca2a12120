"""After a sweep: what is accepted without a read, the lots, and their audit samples.

`app.acceptance.audits` decides a lot once its sample is read.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Update, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.acceptance.audits import apply_audit_read
from app.acceptance.sites import lots_within
from app.acceptance.unlike import held_back
from app.acceptance.whole_set import MAY_BE_ACCEPTED, population, promise
from app.db.learning import Lot, PseudoLabel, Sweep
from app.db.reading import Lease, WorklistItem
from app.errors import Conflict, NotFound
from app.statistics.acceptance import (
    Selection,
    acceptance_score,
    least_calibration_reads,
    plan_for_lot,
    selection_level,
)
from app.statistics.acceptance import select as select_scores
from app.statistics.promises import most_wrong_reads, selected_error_bound
from app.worklists.review_order import note_origins, order_review

__all__ = ["apply_audit_read", "select_pseudo_labels"]


def select_pseudo_labels(
    session: Session,
    sweep_id: int,
    calibration_scores: NDArray[np.float64],
    calibration_wrong: NDArray[np.bool_],
    rng: int,
) -> dict[str, Any]:
    """Give every pseudo-label of a finished sweep its status, make the lots, draw their audits.

    Args:
        session: an open unit of work.
        sweep_id: a sweep whose images are all predicted and not yet selected.
        calibration_scores: (n,) `acceptance_score` of the calibration reads by the same labeler.
        calibration_wrong: (n,) whether the labeler's class differs from the reference label.
        rng: the seed of the audit draw.

    Returns:
        What the rule used and found; it is also kept as the sweep's `selection`.

    Raises:
        Conflict: the acceptance rule has been applied to this sweep already.
    """
    sweep = _claim(session, sweep_id)
    scores = _scores(session, sweep_id)
    level = selection_level(sweep.tolerated_error, len(calibration_scores))
    chosen = select_scores(calibration_scores, calibration_wrong, scores, level)
    _set_statuses(session, sweep_id, chosen.threshold)
    note_origins(session, sweep_id)
    order_review(session, sweep_id)
    reads = _draw_audits(session, _make_lots(session, sweep), rng)
    accepted = int(chosen.accepted.sum())
    bound = _error_bound(session, sweep_id, chosen, calibration_scores, calibration_wrong, level)
    unlike = held_back(session, sweep_id)
    images = len(scores) + sum(unlike.values())
    sweep.selection = {
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
        "audit_reads": reads,
        "rng": rng,
        "in_words": _in_words(sweep, images, accepted, bound, len(calibration_scores)),
        "whole_set": promise(session, sweep, calibration_scores, calibration_wrong),
    }
    session.flush()
    return sweep.selection


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


def _claim(session: Session, sweep_id: int) -> Sweep:
    sweep = session.get(Sweep, sweep_id)
    if sweep is None:
        raise NotFound(f"There is no sweep {sweep_id}.", "", "Look for it in the list of runs.")
    first = update(Sweep).where(Sweep.id == sweep_id, Sweep.selected.is_(False))
    if session.execute(first.values(selected=True).returning(Sweep.id)).first() is None:
        raise Conflict(
            "The acceptance rule has already been applied to this sweep.",
            f"sweep {sweep_id}",
            "Start a new sweep to select again.",
        )
    return sweep


def _scores(session: Session, sweep_id: int) -> NDArray[np.float64]:
    """Return what selection ranks by, of the films the calibration reads stand for.

    Films held back are not among them: they are not to be selected from, so they do not count. A
    conflict, or an answer to nothing, is never accepted.
    """
    mine = PseudoLabel.sweep_id == sweep_id, PseudoLabel.unlike == ""
    barred = or_(PseudoLabel.conflict, PseudoLabel.guessed)
    rows = session.execute(select(PseudoLabel.confidence, barred).where(*mine)).all()
    confidence = np.array([row[0] for row in rows], dtype=np.float64)
    return acceptance_score(confidence, np.array([row[1] for row in rows], dtype=np.bool_))


def _not_read(session: Session, sweep_id: int) -> int:
    """Count the films of a sweep whose report was not read."""
    of_sweep = PseudoLabel.sweep_id == sweep_id, PseudoLabel.not_read != ""
    return session.scalar(select(func.count()).where(*of_sweep)) or 0


def _set_statuses(session: Session, sweep_id: int, threshold: float | None) -> None:
    predicted = update(PseudoLabel).where(
        PseudoLabel.sweep_id == sweep_id, PseudoLabel.status == "predicted"
    )
    if threshold is not None:
        confident = predicted.where(PseudoLabel.confidence >= threshold, *MAY_BE_ACCEPTED)
        session.execute(_quietly(confident.values(status="accepted")))
    session.execute(_quietly(predicted.values(status="needs_review")))


def _make_lots(session: Session, sweep: Sweep) -> list[Lot]:
    """Make the lots of each class, within sites where there are several."""
    accepted = PseudoLabel.sweep_id == sweep.id, PseudoLabel.status == "accepted"
    counted = session.execute(
        select(PseudoLabel.class_id, PseudoLabel.site, func.count())
        .where(*accepted)
        .group_by(PseudoLabel.class_id, PseudoLabel.site)
    )
    sizes: dict[int, dict[str, int]] = {}
    for class_id, site, size in counted:
        sizes.setdefault(class_id, {})[site] = size
    lots = [
        lot for class_id in sorted(sizes) for lot in _of_class(sweep, class_id, sizes[class_id])
    ]
    session.add_all(lots)
    session.flush()
    for lot in lots:
        members = update(PseudoLabel).where(*accepted, PseudoLabel.class_id == lot.class_id)
        if lot.sites is not None:
            members = members.where(PseudoLabel.site.in_(lot.sites))
        session.execute(_quietly(members.values(lot_id=lot.id)))
    return lots


def _of_class(sweep: Sweep, class_id: int, sizes: dict[str, int]) -> list[Lot]:
    divided = lots_within(sizes, sweep.tolerated_error)
    lots = []
    for place, sites in enumerate(divided):
        size = sum(sizes[site] for site in sites)
        sample_size, allowed = plan_for_lot(sweep.tolerated_error, size)
        lots.append(
            Lot(
                sweep_id=sweep.id,
                class_id=class_id,
                place=place,
                sites=sites if len(divided) > 1 else None,
                size=size,
                sample_size=sample_size,
                allowed_errors=allowed,
            )
        )
    return lots


def _draw_audits(session: Session, lots: list[Lot], rng: int) -> int:
    """Put a random sample of each lot on the audit worklist, all lots shuffled together.

    A reader who was shown one predicted class after the other would not be blinded.
    """
    draw = np.random.default_rng(rng)
    images: list[int] = []
    for lot in lots:
        members = session.execute(
            select(PseudoLabel.id, PseudoLabel.image_id)
            .where(PseudoLabel.lot_id == lot.id)
            .order_by(PseudoLabel.id)
        ).all()
        drawn = draw.choice(len(members), size=lot.sample_size, replace=False)
        images += [members[i][1] for i in drawn]
        session.execute(
            update(PseudoLabel),
            [{"id": members[i][0], "in_audit": True} for i in drawn],
        )
    draw.shuffle(images)
    _list_audits(session, images)
    return len(images)


def _list_audits(session: Session, images: list[int]) -> None:
    """Replace what an earlier sweep left unread; an image in a reader's hands stays listed."""
    audits = WorklistItem.worklist == "audit"
    in_hands = exists().where(Lease.image_id == WorklistItem.image_id, Lease.worklist == "audit")
    unread = delete(WorklistItem).where(audits, WorklistItem.done.is_(False), ~in_hands)
    session.execute(unread.execution_options(synchronize_session=False))
    listed = set(session.scalars(select(WorklistItem.image_id).where(audits)))
    first = session.scalar(select(func.coalesce(func.max(WorklistItem.position), 0)).where(audits))
    rows = [
        {"worklist": "audit", "image_id": image, "position": position}
        for position, image in enumerate(images, (first or 0) + 1)
        if image not in listed
    ]
    if rows:
        session.execute(insert(WorklistItem), rows)


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


def _quietly(statement: Update) -> Update:
    """Skip the search for changed rows in the session: it holds none of these."""
    return statement.execution_options(synchronize_session=False)
