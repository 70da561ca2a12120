"""Whether somebody logs in at the hospital's provider: they have no password, role or code here."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.db.people import ProviderIdentity
from app.texts import _


def is_bound(session: Session, user_id: int) -> bool:
    """Whether a person logs in at the provider."""
    theirs = select(ProviderIdentity.user_id).where(ProviderIdentity.user_id == user_id)
    return session.scalar(theirs) is not None


def everybody(session: Session) -> Collection[int]:
    """Return the ids of all who log in at the provider."""
    return set(session.scalars(select(ProviderIdentity.user_id)))


def require_own(session: Session, user_id: int) -> None:
    """Refuse to change here what the provider says.

    Raises:
        errors.Conflict: the person logs in at the provider.
    """
    if is_bound(session, user_id):
        raise errors.Conflict(
            _("This person logs in at the hospital's provider."),
            _("person {number}", number=user_id),
            _("Their password and role are changed there; here they can be deactivated."),
        )
