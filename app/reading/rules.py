"""Labelling an image: annotate, skip, undo, and what the annotations amount to.

Annotations are append-only. An item of a worklist is closed and its lease given back in the same
transaction that adds the annotation; an undo adds a withdrawal and opens the item again.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Row, bindparam, false, select, update
from sqlalchemy.orm import Session

from app.acceptance.rules import apply_audit_read
from app.db.asking import ask
from app.db.conditions import stands
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, Skip, WorklistItem
from app.errors import Conflict, LeaseLost
from app.labels.annotations import add_annotation
from app.labels.classes import CLASS_BY_ID, require_class
from app.labels.decisions import Decision, Hold
from app.labels.findings import require_sense
from app.labels.removed import require_there
from app.reading.studies import study_mates
from app.sweeps import latest_sweep_id
from app.texts import _
from app.worklists import leases
from app.worklists.queues import WorklistName

_BY_KEY = select(Annotation).where(
    Annotation.reader_id == bindparam("reader_id"), Annotation.idempotency_key == bindparam("key")
)
_CLASS_AND_KEY = select(
    CLASS_BY_ID.scalar_subquery(), _BY_KEY.with_only_columns(Annotation.id).scalar_subquery()
)
_ITEM = update(WorklistItem).where(
    WorklistItem.worklist == bindparam("list"), WorklistItem.image_id == bindparam("image")
)
_CLOSE_HELD = (
    _ITEM.where(
        WorklistItem.turn == leases.TURN_HELD.scalar_subquery(), WorklistItem.done.is_(False)
    )
    .values(done=True)
    .returning(WorklistItem.turn, WorklistItem.final)
)
_OPEN = (
    _ITEM.where(WorklistItem.turn == bindparam("of_turn"), WorklistItem.done.is_(True))
    .values(done=False)
    .returning(WorklistItem.final)
)


def annotate(
    session: Session, hold: Hold, decision: Decision, whole_study: bool = False
) -> Annotation:
    """Label an image of a worklist; a repeated idempotency key gets the first result.

    Args:
        hold: what the reader has, of any worklist but `review`.
        decision: what the reader says of it.
        whole_study: whether the class, or the reason for none, also holds for every other image of
            the study that is open to this reader on this worklist. Each is an annotation of its
            own and undone by itself; findings and the note stay with the image shown.

    Returns:
        The annotation of the image shown.

    Raises:
        LeaseLost: if the image was given to someone else or decided in the meantime.
        NotFound: if there is no such class or finding.
        Refused: if a reason for no label comes with a class.
        Conflict: if the key was used for another decision.
    """
    leases.lock_reader(session, hold.reader_id)
    annotation = decision.annotation(hold)
    parameters = {
        "id": decision.class_id,
        "reader_id": hold.reader_id,
        "key": decision.idempotency_key,
    }
    known, sent_before = ask(session, _CLASS_AND_KEY, parameters).one()
    if sent_before and (repeated := first_answer(session, annotation)):
        return repeated
    if known != decision.class_id:
        require_class(session, decision.class_id)
    require_sense(session, decision.class_id, decision.remarks)
    others = study_mates(session, annotation) if whole_study else []
    _decide(session, annotation, decision.remarks.findings)
    for other in others:
        _decide(session, other)
    return annotation


def _decide(session: Session, read: Annotation, findings: Collection[int] = ()) -> None:
    """Close the item the reader holds, and everything that follows from the read."""
    leases.lock_image(session, read.image_id)
    closed = _close(session, read)
    if closed is None:
        require_there(session, read.image_id)
    if closed is None or not leases.drop(session, *_held(read)):
        raise lease_lost(read.image_id)
    read.turn, read.late = closed
    add_annotation(session, read, findings)
    if read.worklist == "audit":
        apply_audit_read(session, read.image_id)


def skip(session: Session, hold: Hold, now: datetime) -> None:
    """Pass over an image: others may have it now, and it comes back to this reader at the end.

    Args:
        hold: what the reader has.
        now: the present moment, UTC.

    Raises:
        LeaseLost: if the image was given to someone else in the meantime.
    """
    leases.lock_reader(session, hold.reader_id)
    row = {
        "reader_id": hold.reader_id,
        "worklist": hold.worklist,
        "image_id": hold.image_id,
    }
    skipped = session.scalar(select(Skip).filter_by(**row))
    if not leases.drop(session, hold.reader_id, hold.image_id, hold.worklist):
        if skipped:
            return
        require_there(session, hold.image_id)
        raise lease_lost(hold.image_id)
    if skipped:
        skipped.at = now
    else:
        session.add(Skip(**row, at=now))
    session.flush()


def undo(
    session: Session,
    reader_id: int,
    worklist: WorklistName,
    lease_seconds: int,
    idempotency_key: str,
    now: datetime,
) -> int:
    """Take back this reader's last standing read of a worklist and hand the image out again.

    Works any number of steps back. On `review` it goes back within the latest sweep. An independent
    read can be taken back like any other, and its reader cannot tell the difference. But where all
    independent reads of the image were made, what follows is marked `late`: the read that was taken
    back is still the one that is compared, and the image is for this reader only.

    Args:
        lease_seconds: how long the image is kept for the reader.
        idempotency_key: the undo's own; a repeated one takes nothing else back.
        now: the present moment, UTC.

    Returns:
        The id of the image that is open again, leased to this reader.

    Raises:
        Conflict: if there is nothing to take back, or others have built on it.
    """
    leases.lock_reader(session, reader_id)
    withdrawal = Annotation(
        reader_id=reader_id, worklist=worklist, idempotency_key=idempotency_key, at=now
    )
    if repeated := first_answer(session, withdrawal):
        return repeated.image_id
    last = _last_read(session, reader_id, worklist)
    if last is None:
        raise Conflict(
            _("There is nothing to undo."), worklist, _("Continue with the image shown.")
        )
    withdrawal.image_id, withdrawal.withdraws_id = last.image_id, last.id
    withdrawal.turn = last.turn
    leases.lock_image(session, last.image_id)
    require_there(session, last.image_id)
    leases.drop_all(session, reader_id, worklist)
    reopened = _reopen(session, last)
    withdrawal.late = bool(reopened and reopened.final)
    if not (reopened and leases.take(session, *_held(withdrawal), lease_seconds, now, last.turn)):
        raise Conflict(
            _("The last label can no longer be undone: another reader has the image."),
            _("image {number}", number=last.image_id),
            _("Ask that reader, or continue with the image shown."),
        )
    add_annotation(session, withdrawal)
    if worklist == "audit":
        apply_audit_read(session, last.image_id)
    return last.image_id


def first_answer(session: Session, annotation: Annotation) -> Annotation | None:
    """Return the row that an earlier request with the same key made, or None.

    Args:
        annotation: the row that would be added now, not in the session.

    Raises:
        Conflict: if the key was used for another decision; nothing must be lost silently.
    """
    parameters = {"reader_id": annotation.reader_id, "key": annotation.idempotency_key}
    first = session.scalar(_BY_KEY, parameters)
    if first is None:
        return None
    if _says(first) != _says(annotation) or annotation.image_id not in (None, first.image_id):
        raise Conflict(
            _("This idempotency key was already used for another decision."),
            "idempotency_key",
            _("Send every decision with a key of its own."),
        )
    return first


def lease_lost(image_id: int) -> LeaseLost:
    """Return the refusal for an image that is no longer the reader's."""
    return LeaseLost(
        _("This image was given to another reader in the meantime, so this was not saved."),
        _("image {number}", number=image_id),
        _("Continue with the next image."),
    )


def _says(annotation: Annotation) -> tuple[str, int | None, bool, str | None]:
    unusable = bool(annotation.unusable)
    return annotation.worklist, annotation.class_id, unusable, annotation.reason


def _held(annotation: Annotation) -> tuple[int, int, str]:
    return annotation.reader_id, annotation.image_id, annotation.worklist


def _close(session: Session, read: Annotation) -> Row[int, bool] | None:
    """Close the item whose lease the reader holds; None where there is none.

    Returns:
        Its turn, and whether all independent reads of the image had been made before.
    """
    parameters = {"list": read.worklist, "image": read.image_id, "reader": read.reader_id}
    return ask(session, _CLOSE_HELD, parameters).first()


def _reopen(session: Session, read: Annotation) -> Row[bool] | None:
    """Open the item a read had closed; None where it is no longer that read that closed it.

    Returns:
        Whether all independent reads of the image have been made, as `final`.
    """
    if read.worklist == "review":
        pseudo_label = update(PseudoLabel).where(PseudoLabel.annotation_id == read.id)
        undecided = {"status": "needs_review", "annotation_id": None}
        reopened = pseudo_label.values(**undecided, decided_by=None, decided_at=None).returning(
            false().label("final")
        )
        return ask(session, reopened, {}).first()
    parameters = {"list": read.worklist, "image": read.image_id, "of_turn": read.turn}
    return ask(session, _OPEN, parameters).first()


def _last_read(session: Session, reader_id: int, worklist: WorklistName) -> Annotation | None:
    own = (
        select(Annotation)
        .where(
            Annotation.reader_id == reader_id, Annotation.worklist == worklist, stands(Annotation)
        )
        .order_by(Annotation.at.desc(), Annotation.id.desc())
        .limit(1)
    )
    if worklist == "review":
        own = own.join(PseudoLabel, PseudoLabel.annotation_id == Annotation.id).where(
            PseudoLabel.sweep_id == latest_sweep_id(session)
        )
    return session.scalar(own)
