"""Putting one image back on the list that its split gives it, with a reason."""

from typing import Literal

from sqlalchemy.orm import Session

from app import audit
from app.db.people import User
from app.errors import Conflict, Refused
from app.labels.removed import require_there
from app.texts import _, noop
from app.worklists import by_hand, rereads
from app.worklists.leases import lock_image

Reason = Literal["doubt", "report", "other"]
REASONS: dict[Reason, str] = {
    "doubt": noop("The label is doubtful"),
    "report": noop("A report says something else"),
    "other": noop("Another reason"),
}


def put_back(session: Session, image_id: int, reason: Reason, by: User) -> None:
    """Have an image read: for the first time, or once more by somebody who does not know its label.

    Args:
        reason: kept in the audit log.
        by: the admin.

    Raises:
        Removed: the image was removed.
        Conflict: it waits on a list already.
        Refused: it has several reads, or none on a list that can be repeated.
    """
    lock_image(session, image_id)
    require_there(session, image_id)
    found = by_hand.put(session, [image_id], by, {"reason": reason})
    if found.lists:
        return
    where = _("image {number}", number=image_id)
    if found.waiting:
        raise Conflict(_("This film waits on a list already."), where, _("Let it be read there."))
    for worklist in (by_hand.SEED, by_hand.VALIDATION):
        if rereads.may_be_read_again(session, [image_id], worklist):
            why = {image_id: rereads.CHOSEN}
            rereads.ask(session, why, by, f"image {image_id}", worklist)
            audit.record(session, by, "put back", f"image {image_id}", reason=reason)
            return
    raise Refused(
        _("This film cannot be read again."),
        where,
        _("Only a film with a single read on the seed or validation list can."),
    )
