"""Roles nobody of which gets in without a second factor."""

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import errors, log_ins
from app.accounts import bound
from app.accounts.roles import require_known
from app.audit import record
from app.db.people import LogIn, ProviderIdentity, RequiredFactor, SecondFactor, User
from app.names import named
from app.texts import _


def roles(session: Session) -> set[str]:
    """Return the roles that need a second factor."""
    return set(session.scalars(select(RequiredFactor.role)))


def lacks(session: Session, user: User) -> bool:
    """Whether a person needs a second factor and has none; that of a provider is its matter."""
    return user.role in roles(session) and _has_none(session, user)


def require(session: Session, wanted: Collection[str], by: User) -> None:
    """Say which roles need a second factor. Who needs one and has none is logged out.

    Raises:
        errors.Refused: there is no such role.
        errors.Conflict: the admin would log themselves out.
    """
    require_known(wanted)
    before = roles(session)
    if before == set(wanted):
        return
    if by.role in wanted and _has_none(session, by):
        raise errors.Conflict(
            _("You have no second factor yourself."),
            _("your role: {role}", role=named(by.role)),
            _("Set up your own first, on Your profile > Second factor."),
        )
    session.execute(delete(RequiredFactor))
    session.add_all(RequiredFactor(role=role) for role in sorted(set(wanted)))
    session.flush()
    of_role = select(User.id).where(User.role.in_(set(wanted)))
    without = of_role.where(
        User.id.not_in(select(SecondFactor.user_id)),
        User.id.not_in(select(ProviderIdentity.user_id)),
    )
    log_ins.end_where(session, LogIn.user_id.in_(without))
    change = {"before": sorted(before), "after": sorted(set(wanted))}
    record(session, by, "require second factor", "second factors", **change)


def hold_to(session: Session, user: User) -> None:
    """Log a person out whose role needs a second factor, if they have none."""
    if lacks(session, user):
        log_ins.end_where(session, LogIn.user_id == user.id)


def _has_none(session: Session, user: User) -> bool:
    own = session.get(SecondFactor, user.id)
    return own is None and not bound.is_bound(session, user.id)
