"""The image that a label is of."""

from app.errors import NotFound
from app.texts import _


def no_such_image(image_id: int) -> NotFound:
    """Return the refusal of an image that is not there."""
    return NotFound(_("There is no such image."), _("image {number}", number=image_id))
