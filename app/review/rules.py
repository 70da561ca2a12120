"""The decision on a pseudo-label that came to review: approved, corrected or rejected.

States (see `app.db.learning.PseudoLabel`)::

    needs_review -> approved | corrected | rejected
    approved | corrected | rejected -> needs_review    by `app.reading.rules.undo`
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.learning import PseudoLabel
from app.db.reading import Annotation
from app.errors import Refused
from app.labels.annotations import add_annotation
from app.labels.classes import require_class
from app.reading.rules import first_answer, lease_lost
from app.review.blind import require_blind_read
from app.review.refusals import no_such_pseudo_label
from app.texts import _
from app.worklists import leases

Decision = Literal["approve", "correct", "reject"]

STATUS: dict[Decision, str] = {
    "approve": "approved",
    "correct": "corrected",
    "reject": "rejected",
}


def decide(
    session: Session,
    reader_id: int,
    pseudo_label_id: int,
    decision: Decision,
    class_id: int | None,
    milliseconds: int | None,
    idempotency_key: str,
    now: datetime,
) -> Annotation:
    """Decide on a pseudo-label; a repeated idempotency key gets the first result.

    `correct` to the labeler's own class counts as `approve`. `reject` says that the image can
    carry no label (a poor film, not a knee, cannot be told); it is then used in no training.

    Args:
        class_id: the class it is corrected to; None for `approve` and `reject`.
        milliseconds: from the image being drawn to the decision, None where unknown.
        idempotency_key: the decision's own, made by the client.
        now: the present moment, UTC.

    Returns:
        The annotation that holds the decision.

    Raises:
        LeaseLost: if the image was given to someone else or decided in the meantime.
        NotFound: if there is no such pseudo-label or class.
        Refused: if `correct` names no class, or another decision names one.
        Conflict: if review is blind first and this reader has not decided blind.
    """
    leases.lock_reader(session, reader_id)
    pseudo_label = session.get(PseudoLabel, pseudo_label_id)
    if pseudo_label is None:
        raise no_such_pseudo_label(pseudo_label_id)
    annotation = Annotation(
        image_id=pseudo_label.image_id,
        reader_id=reader_id,
        worklist="review",
        class_id=class_of(session, pseudo_label, decision, class_id),
        unusable=decision == "reject",
        milliseconds=milliseconds,
        idempotency_key=idempotency_key,
        at=now,
    )
    if repeated := first_answer(session, annotation):
        return repeated
    require_blind_read(session, reader_id, pseudo_label_id)
    leases.lock_image(session, annotation.image_id)
    if not (
        _apply(session, pseudo_label, annotation, decision)
        and leases.drop(session, reader_id, annotation.image_id, "review")
    ):
        raise lease_lost(annotation.image_id)
    add_annotation(session, annotation)
    session.refresh(pseudo_label)
    pseudo_label.annotation_id = annotation.id
    session.flush()
    return annotation


def attention_digest(session: Session, pseudo_label_id: int) -> str | None:
    """Return the digest of a pseudo-label's attention map, None where there is none."""
    return session.scalar(
        select(PseudoLabel.attention_digest).where(PseudoLabel.id == pseudo_label_id)
    )


def class_of(
    session: Session, pseudo_label: PseudoLabel, decision: Decision, class_id: int | None
) -> int | None:
    """Return the class the annotation of a decision has; None for a rejection.

    Raises:
        NotFound: if there is no such class.
        Refused: if `correct` names no class, or another decision names one.
    """
    if (decision == "correct") != (class_id is not None):
        raise Refused(
            _("A correction names a class, and no other decision does."),
            "class_id",
            _("Send class_id with `correct` only."),
        )
    require_class(session, class_id)
    return {"approve": pseudo_label.class_id, "correct": class_id, "reject": None}[decision]


def _apply(
    session: Session, pseudo_label: PseudoLabel, annotation: Annotation, decision: Decision
) -> bool:
    """Give an open pseudo-label its status; the row is not refreshed.

    Args:
        annotation: the reader's, not yet in the session; to the labeler's own class it approves.

    Returns:
        False where it is no longer open.
    """
    effective = "approve" if annotation.class_id == pseudo_label.class_id else decision
    open_row = update(PseudoLabel).where(
        PseudoLabel.id == pseudo_label.id, PseudoLabel.status == "needs_review"
    )
    return leases.changed_one(
        session,
        open_row.values(
            status=STATUS[effective], decided_by=annotation.reader_id, decided_at=annotation.at
        ),
    )
