"""An audit read comes in or is taken back: what it says of its pseudo-label, and of its lot."""

from datetime import datetime

from sqlalchemy import ColumnElement, Row, and_, case, func, select, update
from sqlalchemy.orm import Session

from app import audit
from app.acceptance import stops
from app.announcing import LOT_FAILED, LOT_RELEASED, announce
from app.db.archive import LabelClass
from app.db.clock import moment
from app.db.conditions import stands
from app.db.learning import Lot, ModelVersion, PseudoLabel, TrainedOn
from app.db.reading import Annotation, ReferenceLabel
from app.statistics.acceptance import judge
from app.worklists.review_order import order_review

WRONG = ("corrected", "rejected")
DECIDED = ("approved", *WRONG)


def apply_audit_read(session: Session, image_id: int) -> None:
    """Apply an audit read of an image, or its withdrawal, to its pseudo-label and its lot.

    Call it after the image's reference label is rebuilt. The image's pseudo-label becomes approved,
    corrected or rejected; a lot whose sample is fully read is released or fails. What was read on
    arrival is of no lot.

    Args:
        session: the unit of work of the annotation.
        image_id: the image read; one that is in no audit sample changes nothing.
    """
    lots = (
        select(Lot)
        .join(PseudoLabel, PseudoLabel.lot_id == Lot.id)
        .where(PseudoLabel.image_id == image_id, PseudoLabel.in_audit)
        .order_by(Lot.id)
        # Two last reads at once would each miss the other's and leave the lot undecided.
        .with_for_update(of=Lot)
        .execution_options(populate_existing=True)
    )
    for lot in session.scalars(lots).all():
        failed = lot.status == "failed"
        of_lot = PseudoLabel.lot_id == lot.id
        _decide(session, of_lot, image_id, "needs_review" if failed else "accepted")
        if failed:
            order_review(session, lot.sweep_id)
        decide_lot(session, lot)
    _decide(session, and_(PseudoLabel.lot_id.is_(None), PseudoLabel.arrived), image_id, "predicted")


def _decide(session: Session, which: ColumnElement[bool], image_id: int, back: str) -> None:
    """An audited image has a reference label: its pseudo-label is decided by it from then on.

    Args:
        which: pseudo-labels; those of the image that were drawn are decided.
        back: the status of one whose read was withdrawn.
    """
    read = _standing_read(session, image_id)
    mine = update(PseudoLabel).where(which, PseudoLabel.in_audit, PseudoLabel.image_id == image_id)
    if read is None:
        audits = select(Annotation.id).where(
            Annotation.image_id == image_id, Annotation.worklist == "audit"
        )
        withdrawn = PseudoLabel.status.in_(DECIDED), PseudoLabel.annotation_id.in_(audits)
        undecided = {"annotation_id": None, "decided_by": None, "decided_at": None}
        session.execute(mine.where(*withdrawn).values(status=back, **undecided))
        return
    said = case((PseudoLabel.class_id == read.class_id, "approved"), else_="corrected")
    session.execute(
        mine.values(
            status="rejected" if read.class_id is None else said,
            annotation_id=read.id,
            decided_by=read.reader_id,
            decided_at=read.at,
        )
    )


def _standing_read(session: Session, image_id: int) -> Row[int, int, datetime, int] | None:
    """The latest audit read that stands, with the reference class; None while there is none.

    A read that the image can carry no label stands without a reference label.
    """
    return session.execute(
        select(Annotation.id, Annotation.reader_id, Annotation.at, ReferenceLabel.class_id)
        .outerjoin(ReferenceLabel, ReferenceLabel.image_id == Annotation.image_id)
        .where(
            Annotation.image_id == image_id,
            Annotation.worklist == "audit",
            stands(Annotation),
            Annotation.unusable | ReferenceLabel.class_id.is_not(None),
        )
        .order_by(Annotation.id.desc())
        .limit(1)
    ).first()


def decide_lot(session: Session, lot: Lot) -> None:
    """Release a lot or let it fail where its sample is read; else leave its audit open.

    Reads of images that were removed since still count. While acceptance is stopped, a lot that
    would be released waits, unless each of its labels was read.

    Args:
        session: an open unit of work.
        lot: locked.
    """
    read, errors = session.execute(
        select(
            func.count().filter(PseudoLabel.status.in_(DECIDED)),
            func.count().filter(PseudoLabel.status.in_(WRONG)),
        ).where(PseudoLabel.lot_id == lot.id, PseudoLabel.in_audit)
    ).one()
    read, errors = read + lot.removed_read, errors + lot.removed_wrong
    if read < lot.sample_size:
        _reopen(session, lot)
        return
    verdict, before = judge(errors, lot.sample_size, lot.allowed_errors, lot.size), lot.status
    unread = lot.sample_size < lot.size
    if verdict.passed and before == "auditing" and unread and stops.holds(session):
        return
    decided = (
        update(Lot)
        .where(Lot.id == lot.id, Lot.status.in_(("auditing", "released")))
        .values(
            status="released" if verdict.passed else "failed",
            errors=errors,
            upper_bound=verdict.upper_bound,
            decided_at=moment(session),
        )
    )
    if session.execute(decided.returning(Lot.id)).first() is None:
        return
    if not verdict.passed:
        _take_back(session, lot, errors)
    audit.record(
        session,
        None,
        "release lot" if verdict.passed else "fail lot",
        f"lot {lot.id}",
        errors=errors,
        sample_size=lot.sample_size,
        upper_bound=verdict.upper_bound,
    )
    if before == "auditing" or not verdict.passed:
        topic = LOT_RELEASED if verdict.passed else LOT_FAILED
        announce(session, topic, lot=lot.id, sweep=lot.sweep_id)


def _reopen(session: Session, lot: Lot) -> None:
    session.execute(
        update(Lot)
        .where(Lot.id == lot.id, Lot.status == "released")
        .values(status="auditing", errors=None, upper_bound=None, decided_at=None)
    )


def _take_back(session: Session, lot: Lot, errors: int) -> None:
    """A lot that failed: nothing in it stays accepted, and no model trained on it is trusted."""
    session.execute(
        update(PseudoLabel)
        .where(PseudoLabel.lot_id == lot.id, PseudoLabel.status == "accepted")
        .values(status="needs_review")
        .execution_options(synchronize_session=False)
    )
    order_review(session, lot.sweep_id)
    name = session.scalar(select(LabelClass.name).where(LabelClass.id == lot.class_id))
    reason = (
        f"It was trained on accepted labels that failed their audit: {errors} of {lot.sample_size} "
        f"audited images of the class {name} (sweep {lot.sweep_id}, lot {lot.id}) were wrong."
    )
    trained = select(TrainedOn.model_id).where(TrainedOn.lot_id == lot.id)
    session.execute(
        update(ModelVersion)
        .where(ModelVersion.id.in_(trained))
        .values(doubtful=func.trim(ModelVersion.doubtful.concat(" " + reason)))
        .execution_options(synchronize_session=False)
    )
