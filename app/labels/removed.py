"""Images that were removed while somebody had them open: said in words, and counted."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.archive import Image
from app.db.removal import Removal, RemovedImage
from app.errors import Removed
from app.texts import _


def require_there(session: Session, image_id: int) -> None:
    """Refuse what is said of an image that is no longer in the archive.

    Raises:
        errors.Removed: it was removed.
    """
    if session.scalar(select(Image.id).where(Image.id == image_id)) is not None:
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
