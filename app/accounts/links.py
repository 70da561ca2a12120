"""One-time links: by one a person sets a password, once, within a few days."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from app import errors, log_ins, tokens
from app.accounts import begun, bound
from app.audit import record
from app.db import clock
from app.db.changes import changed_one
from app.db.clock import moment
from app.db.people import FailedLogIns, LogIn, OneTimeLink, User
from app.settings import Settings
from app.texts import _

LINK_DAYS = 7


def new_link(session: Session, user: User, by: User | None = None) -> str:
    """Return the token of a new one-time link for a person; older links stop working.

    Raises:
        errors.Conflict: the person is deactivated, or logs in at the provider.
    """
    if not user.active:
        raise errors.Conflict(
            _("This person is deactivated."),
            _("person {number}", number=user.id),
            _("Reactivate the account first."),
        )
    bound.require_own(session, user.id)
    void(session, user.id)
    token = add(session, user.id)
    record(session, by, "make one-time link", f"person {user.id}")
    return token


def add(session: Session, user_id: int | None) -> str:
    """Add a link for a person, or for whoever becomes the first admin; return its token."""
    token = log_ins.new_token()
    session.add(
        OneTimeLink(
            token_digest=log_ins.digest(token),
            user_id=user_id,
            expires_at=moment(session) + timedelta(days=LINK_DAYS),
        )
    )
    return token


def find(session: Session, token: str) -> OneTimeLink:
    """Return a link that still works, with its person; one without is for the first admin.

    Raises:
        errors.NotFound: the link is unknown, used, or too old.
    """
    link = session.scalar(
        select(OneTimeLink)
        .options(joinedload(OneTimeLink.user))
        .where(
            OneTimeLink.token_digest == log_ins.digest(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > clock.NOW,
        )
    )
    if link is None or not (link.user is None or link.user.active):
        raise errors.NotFound(
            _("This link is no longer valid."),
            _("one-time link"),
            _("It has been used or replaced, or it has expired. Ask an admin for a new one."),
        )
    return link


def use(session: Session, token: str) -> OneTimeLink:
    """Use up a link.

    Raises:
        errors.NotFound: the link is unknown, used, or too old.
    """
    link = find(session, token)
    unused = update(OneTimeLink).where(
        OneTimeLink.token_digest == link.token_digest, OneTimeLink.used_at.is_(None)
    )
    if not changed_one(session, unused.values(used_at=clock.NOW)):
        raise errors.NotFound(
            _("This link was used a moment ago."), _("one-time link"), _("Log in.")
        )
    return link


def give_password(session: Session, user: User, password_hash: str) -> None:
    """Give a person a password: their log-ins and tokens end, and so do their links and failures.

    The first admin's link ends with the first admin's password. A second factor stays.
    """
    user.password_hash = password_hash
    session.execute(delete(FailedLogIns).where(FailedLogIns.user_id == user.id))
    log_ins.end_where(session, LogIn.user_id == user.id)
    tokens.revoke_all(session, user.id)
    begun.void(session, user.id)
    void(session, user.id)
    if user.role == "admin":
        void(session, None)


def void(session: Session, user_id: int | None) -> None:
    """Remove the unused links of a person, or those for the first admin."""
    session.execute(
        delete(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
    )


def own_address(settings: Settings) -> str:
    """Return the address by which this machine's browser reaches the server."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def link_address(server: str, token: str) -> str:
    """Return the address of a one-time link."""
    return f"{server.rstrip('/')}/welcome/{token}"
