"""Images removed or excluded while somebody had them open: said in words, and removals counted."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.archive import Image
from app.db.conditions import excluded
from app.db.removal import Removal, RemovedImage
from app.errors import LeaseLost, Removed
from app.texts import _


def require_there(session: Session, image_id: int) -> None:
    """Refuse what is said of an image that is no longer in the archive, or is excluded.

    Raises:
        errors.Removed: it was removed.
        errors.Conflict: it is excluded.
    """
    there = select(Image.id, excluded(Image.id)).where(Image.id == image_id)
    found = session.execute(there).first()
    if found and found[1]:
        raise LeaseLost(
            _("An admin has excluded this image, so nothing more is saved of it."),
            _("image {number}", number=image_id),
            _("Continue with the next image."),
        )
    if found:
        return
    gone = select(RemovedImage.removal_id).where(RemovedImage.image_id == image_id)
    removal_id = session.scalar(gone)
    if removal_id is not None:
        raise Removed(
            _("This image was removed from the archive, so this was not saved."),
            _("image {number}", number=image_id),
            _("Continue with the next image."),
            removal_id,
        )


def count_refused(session: Session, removal_id: int) -> None:
    """Count a decision that came too late for its image."""
    late = update(Removal).where(Removal.id == removal_id)
    session.execute(
        late.values(refused=Removal.refused + 1),
        execution_options={"synchronize_session": False},
    )
