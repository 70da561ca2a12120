"""Blind first: a reader decides on an image in review, then sees its pseudo-label and may change.

Both decisions are kept: the blind read here, the one that follows as the pseudo-label's annotation.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app import audit
from app.db.archive import LabelClass
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Annotation
from app.db.review import BlindRead
from app.errors import Conflict
from app.labels.classes import require_class
from app.reading.rules import lease_lost
from app.review.refusals import no_such_pseudo_label
from app.texts import _
from app.worklists import leases
from app.worklists.review_order import order_latest_review
from app.workspace import is_blind_first, locked_workspace


@dataclass(frozen=True)
class Minds:
    """How often readers who were blind first stayed with what they had said, by that.

    Attributes:
        blind_label: the class, or that the image can carry no label.
        kept: decided the same after seeing the pseudo-label.
        to_labeler: changed to the labeler's class.
        to_other: changed to something else.
    """

    blind_label: str
    kept: int
    to_labeler: int
    to_other: int


def set_blind_first(session: Session, admin: User, on: bool) -> None:
    """Ask for blind reads from now on, or no longer; what waits is put in an order that fits."""
    locked_workspace(session).blind_first = on
    session.flush()
    order_latest_review(session)
    audit.record(session, admin, "set blind first", "review", blind_first=on)


def read_blind(
    session: Session,
    reader_id: int,
    pseudo_label_id: int,
    class_id: int | None,
    milliseconds: int | None,
    now: datetime,
) -> int:
    """Keep what a reader says of an image before seeing its pseudo-label; it stands for good.

    Args:
        class_id: None says that the image can carry no label.
        milliseconds: from the image being drawn to the decision, None where unknown.
        now: the present moment, UTC.

    Returns:
        The image's id.

    Raises:
        LeaseLost: if the image is not in this reader's hands.
        NotFound: if there is no such pseudo-label or class.
        Conflict: if this reader has said something else of it before.
    """
    leases.lock_reader(session, reader_id)
    label = session.get(PseudoLabel, pseudo_label_id)
    if label is None:
        raise no_such_pseudo_label(pseudo_label_id)
    require_class(session, class_id)
    if first := _blind_read(session, reader_id, pseudo_label_id):
        if first.class_id != class_id:
            raise Conflict(
                _("You have given a different blind answer for this image, and it stands."),
                _("image {number}", number=label.image_id),
                _("Decide on it now that you see the pseudo-label."),
            )
        return label.image_id
    if leases.turn_held(session, reader_id, label.image_id, "review") is None:
        raise lease_lost(label.image_id)
    read = BlindRead(
        pseudo_label_id=pseudo_label_id,
        reader_id=reader_id,
        class_id=class_id,
        unusable=class_id is None,
        milliseconds=milliseconds,
        at=now,
    )
    session.add(read)
    session.flush()
    audit.record(session, reader_id, "read blind", f"image {label.image_id}", class_id=class_id)
    return label.image_id


def require_blind_read(session: Session, reader_id: int, pseudo_label_id: int) -> None:
    """Raise Conflict where a reader would decide without the blind read that was asked for."""
    if is_blind_first(session) and not _blind_read(session, reader_id, pseudo_label_id):
        raise Conflict(
            _("Review is blind first: decide before you see the pseudo-label."),
            _("pseudo-label {number}", number=pseudo_label_id),
            _("Continue with the image shown."),
        )


def minds(session: Session) -> list[Minds]:
    """Count, by what was said blind, what the same reader decided after seeing the pseudo-label."""
    same = (Annotation.unusable & BlindRead.unusable) | (Annotation.class_id == BlindRead.class_id)
    labelers = Annotation.class_id == PseudoLabel.class_id
    outcome = case((same, "kept"), (labelers, "to_labeler"), else_="to_other")
    rows = session.execute(
        select(LabelClass.name, outcome, func.count())
        .select_from(BlindRead)
        .join(PseudoLabel, PseudoLabel.id == BlindRead.pseudo_label_id)
        .join(Annotation, Annotation.id == PseudoLabel.annotation_id)
        .outerjoin(LabelClass, LabelClass.id == BlindRead.class_id)
        .where(Annotation.reader_id == BlindRead.reader_id)
        .group_by(LabelClass.name, LabelClass.position, outcome)
        .order_by(LabelClass.position)
    )
    counts: dict[str, dict[str, int]] = {}
    for name, became, count in rows:
        counts.setdefault(name or _("unusable film"), {})[became] = count
    return [
        Minds(blind_label, of.get("kept", 0), of.get("to_labeler", 0), of.get("to_other", 0))
        for blind_label, of in counts.items()
    ]


def _blind_read(session: Session, reader_id: int, pseudo_label_id: int) -> BlindRead | None:
    return session.scalar(
        select(BlindRead).where(
            BlindRead.pseudo_label_id == pseudo_label_id, BlindRead.reader_id == reader_id
        )
    )
