"""What several parts of review refuse, in the same words."""

from app.errors import NotFound
from app.texts import _


def no_such_pseudo_label(*ids: int) -> NotFound:
    """Return the refusal of pseudo-labels that are not there."""
    return NotFound(
        _("There is no such pseudo-label: its image may have been removed from the archive."),
        _("pseudo-label {number}", number=", ".join(map(str, ids))),
        _("Continue with the next image."),
    )
