"""The first admin: whoever opens the link that the first start prints, under their own name."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.accounts import bound, links, rules
from app.audit import record
from app.db.people import User
from app.settings import Settings
from app.texts import _


def link(session: Session, settings: Settings) -> str | None:
    """Return the link by which somebody becomes the first admin; None once an admin can log in.

    Each start makes a new one, so that a lost one locks nobody out. Links that were made for a
    person by name go on working.
    """
    able = select(User.id).where(
        User.role == "admin", User.active.is_(True), User.password_hash.is_not(None)
    )
    if session.scalar(able.limit(1)):
        return None
    links.void(session, None)
    return links.link_address(links.own_address(settings), links.add(session, None))


def become(session: Session, token: str, name: str, password_hash: str) -> User:
    """Use up the first admin's link, or a person's own; set the password.

    Args:
        session: an open unit of work.
        token: the link's.
        name: what the first admin wants to be called; ignored where the link is a person's own.
        password_hash: of the password they chose.

    Returns:
        The person.

    Raises:
        errors.NotFound: the link is unknown, used, or too old.
        errors.Refused: the name is not usable.
        errors.Conflict: the name is somebody else's.
    """
    user = links.use(session, token).user or _named_by_themselves(session, name)
    links.give_password(session, user, password_hash)
    record(session, user, "set password", f"person {user.id}")
    return user


def _named_by_themselves(session: Session, name: str) -> User:
    name = rules.usable_name(name)
    user = session.scalar(rules.named(name))
    if user is None:
        user, _token = rules.add_person(session, name, "admin")
    elif user.role != "admin" or user.password_hash or bound.is_bound(session, user.id):
        raise errors.Conflict(
            _("Somebody has that name already."), "name", _("Choose another name.")
        )
    return user
