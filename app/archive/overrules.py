"""An admin's word against a label: kept beside the reads, never among them.

Only labels that teach are overruled. Those that measure (the validation split, calibration reads,
audits) are read blind, and whoever overrules one has seen what the models said: they are put back
on their list and read again instead.
"""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app import audit
from app.announcing import LABEL_CORRECTED, announce
from app.db.archive import Image, Patient
from app.db.conditions import stands
from app.db.people import User
from app.db.reading import Annotation, Overrule, ReferenceLabel, WorklistItem
from app.errors import Conflict, Refused
from app.labels.classes import require_class
from app.labels.history import state
from app.labels.reference import rebuild_reference
from app.labels.removed import require_there
from app.texts import _
from app.worklists.leases import lock_image


def standing(session: Session, image_id: int) -> Overrule | None:
    """Return the word that overrules an image's reads; None where they decide."""
    newest = select(Overrule).where(Overrule.image_id == image_id).order_by(Overrule.id.desc())
    latest = session.scalars(newest.limit(1)).first()
    return latest if latest and latest.class_id is not None else None


def teaches(session: Session, image_id: int) -> bool:
    """Whether an image's label is learned from, and measures nothing."""
    item = WorklistItem.image_id == image_id
    measured = exists().where(item, WorklistItem.calibration | (WorklistItem.worklist == "audit"))
    development = exists().where(
        Image.id == image_id, Image.patient_id == Patient.id, Patient.split == "development"
    )
    return bool(session.scalar(select(development & ~measured)))


def overrule(
    session: Session,
    image_id: int,
    class_id: int | None,
    reason: str,
    seen: str,
    by: User,
    now: datetime,
) -> None:
    """Give an image another label than its reads, or let them decide again.

    Reads that are still open stay open, and nobody who makes them learns of it. Sent again, it
    changes nothing.

    Args:
        class_id: None lets the reads decide again.
        reason: in the admin's own words.
        seen: the `state` of the history that the admin has looked at.
        by: the admin.
        now: the present moment, UTC.

    Raises:
        Removed: the image was removed.
        NotFound: there is no such class.
        Conflict: somebody has said something of the image since.
        Refused: there is nothing to overrule, the label measures something, or no reason is given.
    """
    lock_image(session, image_id)
    require_there(session, image_id)
    require_class(session, class_id)
    where, reason = _("image {number}", number=image_id), reason.strip()
    former = standing(session, image_id)
    if former and (former.class_id, former.reason, former.by_id) == (class_id, reason, by.id):
        return
    if seen != state(session, image_id):
        raise Conflict(
            _("Somebody has said something of this image since you opened its page."),
            where,
            _("Look at its history, then decide again."),
        )
    _require_sense(session, image_id, class_id, reason, former)
    label = session.get(ReferenceLabel, image_id)
    was = label and label.class_id
    row = Overrule(image_id=image_id, by_id=by.id, class_id=class_id, reason=reason, at=now)
    session.add(row)
    session.flush()
    rebuild_reference(session, image_id, now)
    action = "overrule label" if class_id else "let reads decide"
    details = {"class_id": class_id, "was": was, "overrule": row.id}
    audit.record(session, by, action, f"image {image_id}", **details)
    announce(session, LABEL_CORRECTED, image=image_id)


def _require_sense(
    session: Session, image_id: int, class_id: int | None, reason: str, former: Overrule | None
) -> None:
    where = _("image {number}", number=image_id)
    if not reason:
        raise Refused(
            _("There is no reason."), "reason", _("Say why the label is not what readers said.")
        )
    if not teaches(session, image_id):
        raise Refused(
            _("This label measures models, so it is not overruled."),
            where,
            _("Put the film back on its list: somebody else reads it again, blind."),
        )
    said = select(Annotation.id).where(Annotation.image_id == image_id, stands(Annotation))
    nothing = session.scalar(said.limit(1)) is None if class_id else former is None
    if nothing:
        raise Refused(
            _("There is nothing to overrule."), where, _("Put the film on a list to have it read.")
        )
    label = session.get(ReferenceLabel, image_id)
    if class_id and label and label.class_id == class_id:
        raise Refused(_("The image has this label."), where, _("Choose another class."))
