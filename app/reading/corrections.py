"""Correcting a read later: the former one is withdrawn and the new one added in one transaction.

No lease is needed and nothing is open in between. What was read blind stays as it was made where
its reader has learned since what others, or the labeler, said of the image: a changed mind would
be no blind read. An independent read that is changed after all were made is `late`, as after
an undo.
"""

from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import audit
from app.acceptance.rules import apply_audit_read
from app.announcing import LABEL_CORRECTED, announce
from app.blindness import BLIND, has_learned_since
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Annotation, WorklistItem
from app.errors import Conflict, NotFound
from app.labels.annotations import add_annotation
from app.labels.classes import require_class
from app.labels.decisions import Decision, Hold
from app.labels.findings import require_sense
from app.labels.removed import require_there
from app.reading.own_reads import standing_read
from app.reading.rules import first_answer
from app.sweeps import LATEST_SWEEP
from app.texts import _
from app.worklists import leases
from app.worklists.queues import WorklistName


def correct(
    session: Session, reader: User, worklist: WorklistName, image_id: int, decision: Decision
) -> Annotation:
    """Put another read in the place of the reader's own one; a repeated key gets the first result.

    Args:
        reader: whose read it is, locked from here on.
        worklist: on which it was made.
        decision: what the reader says now.

    Returns:
        The annotation that stands now.

    Raises:
        NotFound: the reader has no such read, or there is no such class or finding.
        Refused: a reason for no label comes with a class.
        Conflict: it stays as it was made, see `require_correctable`; or the key was used already.
    """
    leases.lock_reader(session, reader.id)
    annotation = decision.annotation(Hold(reader.id, image_id, worklist))
    if repeated := first_answer(session, annotation):
        return repeated
    require_class(session, decision.class_id)
    require_sense(session, decision.class_id, decision.remarks)
    leases.lock_image(session, image_id)
    former = correctable_read(session, reader.id, worklist, image_id)
    late = _is_final(session, former)
    said = replace(decision, class_id=None, idempotency_key=f"{decision.idempotency_key} former")
    withdrawal = replace(said, milliseconds=None).annotation(Hold(reader.id, image_id, worklist))
    withdrawal.unusable, withdrawal.reason, withdrawal.note = False, None, None
    withdrawal.measurements, withdrawal.withdraws_id = None, former.id
    for row in (withdrawal, annotation):
        row.turn, row.late = former.turn, late
    session.add(withdrawal)
    session.flush()
    add_annotation(session, annotation, decision.remarks.findings)
    _follow(session, former, annotation)
    audit.record(
        session,
        reader,
        "correct read",
        f"image {image_id}",
        worklist=worklist,
        was=former.id,
        annotation_id=annotation.id,
    )
    announce(session, LABEL_CORRECTED, image=image_id)
    return annotation


def correctable_read(
    session: Session, reader_id: int, worklist: WorklistName, image_id: int
) -> Annotation:
    """Return a reader's own read that may still be corrected.

    Raises:
        NotFound: the reader has no read of this image on this worklist that stands.
        Conflict: it was read blind and the reader has learned since what others or the labeler
            said; or it was a review of an earlier sweep; or the image is excluded.
    """
    require_there(session, image_id)
    read = standing_read(session, reader_id, worklist, image_id)
    place = _("image {number}", number=image_id)
    if read is None:
        raise NotFound(
            _("You have no read of this image on this list."), place, _("See the page My reads.")
        )
    if worklist in BLIND and session.scalar(
        select(has_learned_since(reader_id, image_id, read.at))
    ):
        raise Conflict(
            _("Since reading this image you have seen the answer of others or of the labeler."),
            place,
            _("Your read stays as you made it. If it was a mistake, tell an admin."),
        )
    if worklist == "review" and _reviewed(session, read) is None:
        raise Conflict(
            _("This review belongs to an earlier sweep, or was decided again since."),
            place,
            _("Review the image again if the latest sweep sends it to review."),
        )
    return read


def _is_final(session: Session, read: Annotation) -> bool:
    """Whether all independent reads of the image had been made when this one is changed."""
    item = select(WorklistItem.final).where(
        WorklistItem.worklist == read.worklist,
        WorklistItem.image_id == read.image_id,
        WorklistItem.turn == read.turn,
    )
    return bool(session.scalar(item))


def _reviewed(session: Session, read: Annotation) -> PseudoLabel | None:
    """Return the pseudo-label of the latest sweep that a read decided."""
    mine = PseudoLabel.annotation_id == read.id
    latest = PseudoLabel.sweep_id == LATEST_SWEEP.scalar_subquery()
    return session.scalar(select(PseudoLabel).where(mine, latest))


def _follow(session: Session, former: Annotation, read: Annotation) -> None:
    """Let what rested on the former read rest on the new one."""
    if read.worklist == "audit":
        apply_audit_read(session, read.image_id)
    if read.worklist != "review":
        return
    label = _reviewed(session, former)
    assert label is not None
    status = "approved" if read.class_id == label.class_id else "corrected"
    decided = update(PseudoLabel).where(PseudoLabel.id == label.id)
    session.execute(
        decided.values(
            status="rejected" if read.class_id is None else status,
            annotation_id=read.id,
            decided_at=read.at,
        )
    )
