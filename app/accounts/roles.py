"""What a person may be: a reader or an admin."""

from collections.abc import Collection

from app import errors
from app.db.people import ROLES
from app.texts import _


def require_known(roles: Collection[str]) -> None:
    """Refuse what is no role.

    Raises:
        errors.Refused: one of them is none.
    """
    if not set(roles) <= set(ROLES):
        raise errors.Refused(_("There is no such role."), "role", _("Choose reader or admin."))
