"""The decision on a pseudo-label that came to review: approved, corrected or rejected.

States (see `app.db.learning.PseudoLabel`)::

    needs_review -> approved | corrected | rejected
    approved | corrected | rejected -> needs_review    by `app.reading.rules.undo`
"""

from dataclasses import replace
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.changes import changed_one
from app.db.learning import PseudoLabel
from app.db.reading import Annotation
from app.errors import Refused
from app.labels.annotations import add_annotation
from app.labels.classes import require_class
from app.labels.decisions import Decision, Hold
from app.labels.removed import require_there
from app.reading.rules import first_answer, lease_lost
from app.review.blind import require_blind_read
from app.review.refusals import no_such_pseudo_label
from app.texts import _
from app.worklists import leases

Answer = Literal["approve", "correct", "reject"]
"""What a reader does with a pseudo-label."""

STATUS: dict[Answer, str] = {
    "approve": "approved",
    "correct": "corrected",
    "reject": "rejected",
}


def decide(
    session: Session, reader_id: int, pseudo_label_id: int, answer: Answer, decision: Decision
) -> Annotation:
    """Decide on a pseudo-label; a repeated idempotency key gets the first result.

    `correct` to the labeler's own class counts as `approve`. `reject` says that the image can
    carry no label (a poor film, not a knee, cannot be told); it is then used in no training.

    Args:
        reader_id: who holds the image for review.
        answer: what becomes of the pseudo-label.
        decision: with the class it is corrected to; None for `approve` and `reject`.

    Returns:
        The annotation that holds the decision.

    Raises:
        LeaseLost: if the image was given to someone else or decided in the meantime.
        NotFound: if there is no such pseudo-label or class.
        Refused: if `correct` names no class, or another answer names one.
        Conflict: if review is blind first and this reader has not decided blind, or the class is
            retired.
    """
    leases.lock_reader(session, reader_id)
    pseudo_label = session.get(PseudoLabel, pseudo_label_id)
    if pseudo_label is None:
        raise no_such_pseudo_label(pseudo_label_id)
    said = replace(decision, class_id=class_of(session, pseudo_label, answer, decision.class_id))
    annotation = said.annotation(Hold(reader_id, pseudo_label.image_id, "review"))
    if repeated := first_answer(session, annotation):
        return repeated
    require_blind_read(session, reader_id, pseudo_label_id)
    if answer == "approve":
        require_class(session, pseudo_label.class_id)
    leases.lock_image(session, annotation.image_id)
    if not (
        _apply(session, pseudo_label, annotation, answer)
        and leases.drop(session, reader_id, annotation.image_id, "review")
    ):
        require_there(session, annotation.image_id)
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
    session: Session, pseudo_label: PseudoLabel, answer: Answer, class_id: int | None
) -> int | None:
    """Return the class the annotation of an answer has; None for a rejection.

    Raises:
        NotFound: if there is no such class.
        Refused: if `correct` names no class, or another answer names one.
    """
    if (answer == "correct") != (class_id is not None):
        raise Refused(
            _("A correction needs a class; no other decision may have one."),
            "class_id",
            _("Send class_id with `correct` only."),
        )
    require_class(session, class_id)
    return {"approve": pseudo_label.class_id, "correct": class_id, "reject": None}[answer]


def _apply(
    session: Session, pseudo_label: PseudoLabel, annotation: Annotation, answer: Answer
) -> bool:
    """Give an open pseudo-label its status; the row is not refreshed.

    Args:
        annotation: the reader's, not yet in the session; to the labeler's own class it approves.

    Returns:
        False where it is no longer open.
    """
    effective = "approve" if annotation.class_id == pseudo_label.class_id else answer
    open_row = update(PseudoLabel).where(
        PseudoLabel.id == pseudo_label.id, PseudoLabel.status == "needs_review"
    )
    return changed_one(
        session,
        open_row.values(
            status=STATUS[effective], decided_by=annotation.reader_id, decided_at=annotation.at
        ),
    )
