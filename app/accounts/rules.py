"""People: invitations, passwords, roles, log-ins and locks.

Nobody has a password until they set it by a one-time link. An account is locked for a while after
repeated failures; what a person is told is the same whether the name is unknown, the password
wrong or the account locked, so that names cannot be tried out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import CursorResult, Select, delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from app import errors, log_ins
from app.accounts.passwords import NOBODY
from app.audit import record
from app.db.people import LogIn, OneTimeLink, User
from app.db.tables import now
from app.settings import Settings
from app.texts import _

LINK_DAYS = 7
FREE_FAILURES = 4
LONGEST_LOCK = timedelta(minutes=15)


@dataclass(frozen=True)
class Attempt:
    """A log-in being tried: what to compare the password with, and whether it may succeed."""

    user_id: int | None
    password_hash: str
    allowed: bool


def attempt(session: Session, name: str) -> Attempt:
    """Count a log-in attempt before the password is looked at, so that parallel ones count too.

    The caller commits, compares the password outside of any transaction, then calls `conclude`.
    """
    user = session.scalar(_named(name).where(User.active.is_(True)).with_for_update())
    if user is None or user.password_hash is None:
        return Attempt(None, NOBODY, False)
    moment = now()
    if user.locked_until is not None and user.locked_until > moment:
        return Attempt(user.id, user.password_hash, False)
    user.failed_logins += 1
    user.locked_until = moment + lock_after(user.failed_logins)
    return Attempt(user.id, user.password_hash, True)


def lock_after(failures: int) -> timedelta:
    """Return how long an account is locked after so many failures in a row: none, then doubling."""
    if failures <= FREE_FAILURES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 12)), LONGEST_LOCK)


def conclude(
    session: Session, tried: Attempt, matched: bool, hours: int, new_hash: str | None = None
) -> tuple[str, LogIn] | None:
    """Log the person in where the password matched and the attempt was allowed.

    Args:
        session: an open unit of work.
        tried: what `attempt` returned.
        matched: whether the password was right.
        hours: how long the log-in lasts.
        new_hash: the password's hash with today's parameters, where the old ones were weaker.

    Returns:
        The token and the row, or None where the log-in failed. The failure is recorded.
    """
    user = session.get(User, tried.user_id) if tried.user_id is not None else None
    if user is None or not (matched and tried.allowed and user.active):
        subject = f"person {user.id}" if user else "unknown name"
        record(session, user, "fail to log in", subject, locked=bool(user and not tried.allowed))
        return None
    user.failed_logins, user.locked_until = 0, None
    user.password_hash = new_hash or user.password_hash
    record(session, user, "log in", f"person {user.id}")
    return log_ins.start(session, user, hours)


def people(session: Session) -> Sequence[User]:
    """Return everybody, active ones first, by name."""
    return session.scalars(select(User).order_by(User.active.desc(), func.lower(User.name))).all()


def find(session: Session, user_id: int) -> User:
    """Return a person, or raise `errors.NotFound`."""
    user = session.get(User, user_id)
    if user is None:
        raise errors.NotFound(
            _("There is no such person."),
            _("person {number}", number=user_id),
            _("Reload the list."),
        )
    return user


def add_person(session: Session, name: str, role: str, by: User | None = None) -> tuple[User, str]:
    """Add a person without a password.

    Args:
        session: an open unit of work.
        name: what they log in with; 1 to 64 characters.
        role: `reader` or `admin`.
        by: the admin who asks, None for the command line.

    Returns:
        The person, and the token of the link by which they set their password.

    Raises:
        errors.Refused: the name or the role is not usable.
        errors.Conflict: somebody has that name.
    """
    name = name.strip()
    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise errors.Refused(_("The name cannot be used."), "name", _("Give 1 to 64 characters."))
    _check_role(role)
    if session.scalar(_named(name)) is not None:
        raise errors.Conflict(
            _("Somebody has that name already."), "name", _("Choose another name.")
        )
    user = User(name=name, role=role)
    session.add(user)
    session.flush()
    record(session, by, "invite", f"person {user.id}", role=role)
    return user, new_link(session, user, by)


def new_link(session: Session, user: User, by: User | None = None) -> str:
    """Return the token of a new one-time link for a person; older links stop working.

    Raises:
        errors.Conflict: the person is deactivated.
    """
    if not user.active:
        raise errors.Conflict(
            _("This person is deactivated."),
            _("person {number}", number=user.id),
            _("Activate the account first."),
        )
    _void_links(session, user.id)
    token = log_ins.new_token()
    session.add(
        OneTimeLink(
            token_digest=log_ins.digest(token),
            user_id=user.id,
            expires_at=now() + timedelta(days=LINK_DAYS),
        )
    )
    record(session, by, "make one-time link", f"person {user.id}")
    return token


def invited(session: Session, token: str) -> User:
    """Return whom a one-time link is for.

    Raises:
        errors.NotFound: the link is unknown, used, or too old.
    """
    link = session.scalar(
        select(OneTimeLink)
        .options(joinedload(OneTimeLink.user))
        .where(
            OneTimeLink.token_digest == log_ins.digest(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now(),
        )
    )
    if link is None or not link.user.active:
        raise errors.NotFound(
            _("This link does not work any more."),
            _("one-time link"),
            _("It was used, replaced by a newer one, or is too old: ask an admin for a new one."),
        )
    return link.user


def set_password(session: Session, token: str, password_hash: str) -> User:
    """Use up a one-time link: give its person a password, and end all their log-ins.

    Raises:
        errors.NotFound: the link is unknown, used, or too old.
    """
    user = invited(session, token)
    used = session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.token_digest == log_ins.digest(token), OneTimeLink.used_at.is_(None))
        .values(used_at=now())
    )
    assert isinstance(used, CursorResult)
    if used.rowcount != 1:
        raise errors.NotFound(
            _("This link was used a moment ago."), _("one-time link"), _("Log in.")
        )
    user.password_hash = password_hash
    user.failed_logins, user.locked_until = 0, None
    log_ins.end_all(session, user.id)
    record(session, user, "set password", f"person {user.id}")
    return user


def change_role(session: Session, user_id: int, role: str, by: User) -> None:
    """Give a person the other role.

    Raises:
        errors.Conflict: they are the last admin.
    """
    _check_role(role)
    user = find(session, user_id)
    if role != "admin":
        _keep_an_admin(session, user)
    record(session, by, "change role", f"person {user.id}", before=user.role, after=role)
    user.role = role


def deactivate(session: Session, user_id: int, by: User) -> None:
    """Keep a person out from now on; what they labelled stays theirs.

    Raises:
        errors.Conflict: they are the last admin.
    """
    user = find(session, user_id)
    _keep_an_admin(session, user)
    user.active = False
    log_ins.end_all(session, user.id)
    _void_links(session, user.id)
    record(session, by, "deactivate", f"person {user.id}")


def activate(session: Session, user_id: int, by: User) -> None:
    """Let a deactivated person log in again."""
    user = find(session, user_id)
    user.active = True
    record(session, by, "activate", f"person {user.id}")


def first_admin_link(session: Session, settings: Settings) -> str | None:
    """Return the link by which the first admin sets a password; None once anybody has one.

    Each start makes a new link, so that a lost one locks nobody out.
    """
    if session.scalar(select(User.id).where(User.password_hash.is_not(None)).limit(1)):
        return None
    user = session.scalar(select(User).where(User.role == "admin").order_by(User.id).limit(1))
    if user is None:
        _, token = add_person(session, "admin", "admin")
    else:
        token = new_link(session, user)
    return link_address(own_address(settings), token)


def own_address(settings: Settings) -> str:
    """Return the address by which this machine's browser reaches the server."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def link_address(server: str, token: str) -> str:
    """Return the address of a one-time link."""
    return f"{server.rstrip('/')}/welcome/{token}"


def _named(name: str) -> Select[User]:
    return select(User).where(func.lower(User.name) == name.strip().lower())


def _check_role(role: str) -> None:
    if role not in {"reader", "admin"}:
        raise errors.Refused(_("There is no such role."), "role", _("Choose reader or admin."))


def _void_links(session: Session, user_id: int) -> None:
    session.execute(
        delete(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
    )


def _keep_an_admin(session: Session, user: User) -> None:
    # The rows are locked: two admins who remove each other at once must not both succeed.
    able = session.scalars(
        select(User)
        .where(User.role == "admin", User.active.is_(True), User.password_hash.is_not(None))
        .order_by(User.id)
        .with_for_update()
    ).all()
    if [admin.id for admin in able] == [user.id]:
        raise errors.Conflict(
            _("This is the last admin."),
            _("person {number}", number=user.id),
            _("Make somebody else an admin first."),
        )
