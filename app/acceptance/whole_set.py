"""The promise for all labels together: how much must still be read until it holds."""

from dataclasses import dataclass
from math import floor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app import formats
from app.acceptance.audited import wrong_in_lots
from app.db.archive import Image, Patient
from app.db.conditions import excluded
from app.db.learning import Lot, PseudoLabel, Sweep
from app.db.reading import ReferenceLabel, WorklistItem
from app.statistics.promises import (
    CONFIDENCE,
    Evidence,
    Population,
    reviews_needed,
    whole_set_cut,
)
from app.texts import _, ngettext

MAY_BE_ACCEPTED = (
    PseudoLabel.conflict.is_(False),
    PseudoLabel.guessed.is_(False),
    PseudoLabel.unlike == "",
)
"""That the calibration reads speak for a pseudo-label; no other is accepted, however sure."""
OF_ALL = 1.0
"""A probability no label is above."""


@dataclass(frozen=True, kw_only=True)
class WholeSet:
    """How far all labels of the development films together are from what is promised of them."""

    images: int
    """Films with a label: read by a person, or labelled by the sweep alone."""
    read: int
    """Those read by a person, which count as right."""
    tolerated_error: float
    allowed: int
    """Labels that may be wrong."""
    reviews: int | None
    """How many must still be reviewed; None where reviews alone do not do it."""
    up_to: float | None
    """The reviews are those of labels with a probability up to this; None: all that wait."""
    auditing: bool
    """Whether a lot's audit is still to be read."""


def population(session: Session, sweep_id: int) -> Population:
    """Count the films the calibration reads stand for: all of development not drawn as seed.

    They are more than the sweep has labelled in a later round, when the hardest have been read: so
    its labels are taken to be no better than those of all these films would be.
    """
    seed = exists().where(WorklistItem.image_id == Image.id, WorklistItem.worklist == "seed")
    swept = exists().where(PseudoLabel.image_id == Image.id, PseudoLabel.sweep_id == sweep_id)
    films = select(func.count(), func.count(Image.patient_id.distinct())).select_from(Image)
    films = films.join(Patient, Patient.id == Image.patient_id)
    counts = ~excluded(Image.id), or_(~seed, swept)
    films = films.where(Patient.split == "development", *counts)
    images, patients = session.execute(films).one()
    return Population(images, patients)


def promise(
    session: Session,
    sweep: Sweep,
    calibration_scores: NDArray[np.float64],
    calibration_wrong: NDArray[np.bool_],
) -> dict[str, Any]:
    """Fix, when the acceptance rule is applied, which labels of a sweep may stay unread.

    Args:
        session: an open unit of work.
        sweep: whose images are all predicted.
        calibration_scores: (n,) acceptance scores of the calibration reads.
        calibration_wrong: (n,) whether the labeler's class differs from the reference label.

    Returns:
        What `standing` reads of the sweep's `selection`: `allowed` errors, the probability `above`
        which labels may stay unread, and the confidence that is left to the audits.
    """
    unread = select(func.count()).where(PseudoLabel.sweep_id == sweep.id, *_unread())
    images = _read(session) + (session.scalar(unread) or 0)
    allowed = floor(sweep.tolerated_error * images + 1e-9)
    cut = whole_set_cut(
        calibration_scores, calibration_wrong, population(session, sweep.id), allowed
    )
    return {
        "allowed": allowed,
        "above": float(np.clip(cut.above, 0.0, OF_ALL)),
        "audit_confidence": CONFIDENCE + cut.risk,
    }


def standing(session: Session, sweep: Sweep) -> WholeSet | None:
    """Return how far the promise for all labels is; None for a sweep made before there was one."""
    fixed = sweep.selection.get("whole_set")
    if fixed is None:
        return None
    counts = _counts(session, sweep.id, fixed["above"])
    read = _read(session)
    images = read + sum(row.number for row in counts)
    allowed = floor(sweep.tolerated_error * images + 1e-9)
    found = _count_corrected(session, sweep.id, fixed["above"])
    lots = wrong_in_lots(session, sweep.id, fixed["audit_confidence"])
    by_calibration = _by_calibration(
        counts, max(0, fixed["allowed"] - found), lots.least > fixed["allowed"]
    )
    needed: dict[float | None, int | None] = {
        fixed["above"]: reviews_needed(by_calibration, allowed),
        None: reviews_needed(_by_audits(counts, lots.most), allowed),
    }
    shown = {up_to: reviews for up_to, reviews in needed.items() if reviews is not None}
    up_to = min(shown, key=shown.__getitem__, default=None)
    return WholeSet(
        images=images,
        read=read,
        tolerated_error=sweep.tolerated_error,
        allowed=allowed,
        reviews=shown[up_to] if shown else None,
        up_to=up_to,
        auditing=any(row.lot == "auditing" for row in counts),
    )


def standing_of(session: Session, sweep_id: int) -> WholeSet | None:
    """Do as `standing` for a sweep by its number."""
    return standing(session, session.get_one(Sweep, sweep_id))


def in_words(whole: WholeSet) -> str:
    """Say what holds of all labels together, or what is missing to it."""
    values = {
        "images": formats.count(whole.images),
        "share": f"{100 * whole.tolerated_error:g}",
    }
    if whole.reviews == 0:
        return _(
            "At most {share} % of all {images} labels are wrong, with 95 % confidence.",
            **values,
        )
    if whole.reviews is not None:
        return ngettext(
            "After {number} more review, at most {share} % of all {images} labels are "
            "wrong, with 95 % confidence.",
            "After {number} more reviews, at most {share} % of all {images} labels are "
            "wrong, with 95 % confidence.",
            whole.reviews,
            number=formats.count(whole.reviews),
            **values,
        )
    if whole.auditing:
        return _(
            "Once the audits are read, this shows whether at most {share} % of all "
            "{images} labels are wrong.",
            **values,
        )
    return _(
        "Reviews alone cannot show that at most {share} % of all {images} labels "
        "are wrong: too many accepted labels may be wrong. Review what is waiting, "
        "train the labeler again, then sweep again.",
        **values,
    )


class _Count(NamedTuple):
    """How many unread labels of a sweep are alike in what matters here."""

    status: str
    lot: str | None
    """The status of its lot."""
    sure: bool
    """Whether it may stay unread by the calibration reads."""
    number: int


def _counts(session: Session, sweep_id: int, above: float) -> list[_Count]:
    sure = _sure(above)
    rows = session.execute(
        select(PseudoLabel.status, Lot.status, sure, func.count())
        .outerjoin(Lot, Lot.id == PseudoLabel.lot_id)
        .where(PseudoLabel.sweep_id == sweep_id, *_unread())
        .group_by(PseudoLabel.status, Lot.status, sure)
    )
    return [_Count(status, lot, bool(is_sure), number) for status, lot, is_sure, number in rows]


def _by_calibration(counts: list[_Count], wrong: int, refuted: bool) -> Evidence:
    """What the calibration reads say of the labels that are sure enough.

    Where the audits show that they are wrong more often, failed lots are read whole.
    """
    kept = [row for row in counts if row.sure and not (refuted and row.lot == "failed")]
    rest = [row for row in counts if row not in kept]
    return Evidence(min(wrong, _sum(kept)), _in_review(rest), _sum(rest) - _in_review(rest))


def _by_audits(counts: list[_Count], wrong: int) -> Evidence:
    """What the audits say of the labels of released lots."""
    rest = [row for row in counts if row.status == "needs_review" or row.lot != "released"]
    return Evidence(wrong, _in_review(rest), _sum(rest) - _in_review(rest))


def _in_review(counts: list[_Count]) -> int:
    return _sum([row for row in counts if row.status == "needs_review"])


def _sum(counts: list[_Count]) -> int:
    return sum(row.number for row in counts)


def _read(session: Session) -> int:
    """Count the development films that a person has given their label."""
    films = select(func.count()).select_from(ReferenceLabel)
    films = films.join(Image, Image.id == ReferenceLabel.image_id)
    films = films.join(Patient, Patient.id == Image.patient_id)
    labelled = ReferenceLabel.class_id.is_not(None), Patient.split == "development"
    return session.scalar(films.where(*labelled)) or 0


def _count_corrected(session: Session, sweep_id: int, above: float) -> int:
    """Count the wrong labels found so far among those that may stay unread."""
    corrected = PseudoLabel.sweep_id == sweep_id, PseudoLabel.status == "corrected", _sure(above)
    swept = PseudoLabel.arrived.is_(False)
    return session.scalar(select(func.count()).where(*corrected, swept)) or 0


def _sure(above: float) -> ColumnElement[bool]:
    """Whether a label is one the calibration reads speak for, and surer than they ask."""
    return and_(PseudoLabel.confidence > above, *MAY_BE_ACCEPTED)


def _unread() -> tuple[ColumnElement[bool], ...]:
    """The conditions that a pseudo-label is the only label its image has.

    What was read on arrival is none of those for which the calibration reads were drawn.
    """
    labelled = exists().where(
        ReferenceLabel.image_id == PseudoLabel.image_id, ReferenceLabel.class_id.is_not(None)
    )
    swept = PseudoLabel.arrived.is_(False)
    return PseudoLabel.status.in_(("accepted", "needs_review")), swept, ~labelled
