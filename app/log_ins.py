"""Log-ins of people: a random token in the browser, its SHA-256 in the database."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session, contains_eager

from app.db.people import LogIn, User
from app.db.tables import UtcDateTime, now

# Asked with every request, so put together once.
_OF_TOKEN = (
    select(LogIn)
    .join(LogIn.user)
    .options(contains_eager(LogIn.user))
    .where(
        LogIn.token_digest == bindparam("digest"),
        LogIn.expires_at > bindparam("now", type_=UtcDateTime()),
        User.active.is_(True),
    )
)


def digest(token: str) -> str:
    """Return the SHA-256, in hexadecimal, under which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """Return a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def start(session: Session, user: User, hours: int) -> tuple[str, LogIn]:
    """Log a person in, and forget that person's log-ins that have ended.

    Args:
        session: an open unit of work.
        user: whose password was right.
        hours: how long it lasts.

    Returns:
        The token, which is kept nowhere, and the row.
    """
    moment = now()
    session.execute(delete(LogIn).where(LogIn.user_id == user.id, LogIn.expires_at < moment))
    token = new_token()
    log_in = LogIn(
        token_digest=digest(token),
        user_id=user.id,
        csrf_token=new_token(),
        created_at=moment,
        expires_at=moment + timedelta(hours=hours),
    )
    session.add(log_in)
    session.flush()
    return token, log_in


def find(session: Session, token: str) -> LogIn | None:
    """Return the log-in of a token with its active user, or None where it has ended."""
    return session.scalar(_OF_TOKEN, {"digest": digest(token), "now": now()})


def end(session: Session, token: str) -> None:
    """End one log-in; a token that is unknown changes nothing."""
    session.execute(delete(LogIn).where(LogIn.token_digest == digest(token)))


def end_all(session: Session, user_id: int) -> None:
    """End every log-in of a person."""
    session.execute(delete(LogIn).where(LogIn.user_id == user_id))
