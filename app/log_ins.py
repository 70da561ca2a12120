"""Log-ins of people: a random token in the browser, its SHA-256 in the database."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Float, bindparam, delete, func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.audit import origins
from app.db import clock
from app.db.engine import Database
from app.db.people import LogIn, User

# Asked with every request, so put together once.
_OF_TOKEN = (
    select(LogIn)
    .join(LogIn.user)
    .options(contains_eager(LogIn.user))
    .where(
        LogIn.token_digest == bindparam("digest"),
        LogIn.expires_at > clock.NOW,
        LogIn.seen_at > clock.after(-bindparam("idle", type_=Float())),
        User.active.is_(True),
    )
)
SEEN_EVERY = timedelta(minutes=1)
"""A log-in's use is written down this often: what reads must seldom write."""


def digest(token: str) -> str:
    """Return the SHA-256, in hexadecimal, under which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """Return a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def start(session: Session, user: User, hours: int, by_provider: bool = False) -> tuple[str, LogIn]:
    """Log a person in, and forget that person's log-ins that have ended.

    Args:
        session: an open unit of work.
        user: whose password was right.
        hours: how long it lasts.
        by_provider: whether the hospital's provider said who they are.

    Returns:
        The token, which is kept nowhere, and the row.
    """
    moment = clock.moment(session)
    session.execute(delete(LogIn).where(LogIn.user_id == user.id, LogIn.expires_at < moment))
    session.execute(update(User).where(User.id == user.id).values(seen_at=moment))
    token = new_token()
    origin = origins.present()
    log_in = LogIn(
        token_digest=digest(token),
        user_id=user.id,
        csrf_token=new_token(),
        created_at=moment,
        seen_at=moment,
        expires_at=moment + timedelta(hours=hours),
        address=origin.address,
        agent=origin.agent,
        by_provider=by_provider,
    )
    session.add(log_in)
    session.flush()
    origins.belong_to(log_in.token_digest)
    return token, log_in


def find(session: Session, token: str, idle: timedelta) -> LogIn | None:
    """Return the log-in of a token with its active user, or None where it has ended.

    Args:
        session: an open unit of work.
        token: as the browser or the program sent it.
        idle: for how long a log-in may be unused before it ends.
    """
    parameters = {"digest": digest(token), "idle": idle.total_seconds()}
    return session.scalar(_OF_TOKEN, parameters)


def has_use_to_note(database: Database, log_in: LogIn, idle: timedelta) -> bool:
    """Tell whether a log-in's use was not written down a moment ago."""
    return clock.present(database) - log_in.seen_at >= min(SEEN_EVERY, idle / 4)


def note_use(database: Database, log_in: LogIn) -> None:
    """Write down that a log-in is in use.

    A database that is busy with something else is not waited for twice: the next request will do.
    """
    used = update(LogIn).where(LogIn.token_digest == log_in.token_digest).values(seen_at=clock.NOW)
    try:
        with database.begin() as session:
            session.execute(used)
    except OperationalError:
        return


def end(session: Session, token: str) -> None:
    """End one log-in; a token that is unknown changes nothing."""
    ending = LogIn.token_digest == digest(token)
    owner = select(LogIn.user_id).where(ending).scalar_subquery()
    session.execute(update(User).where(User.id == owner).values(seen_at=clock.NOW))
    session.execute(delete(LogIn).where(ending))


def live(session: Session, idle: timedelta, user_id: int | None = None) -> Sequence[LogIn]:
    """Return the log-ins that have not ended, each with its person, the latest used first.

    Args:
        session: an open unit of work.
        idle: for how long a log-in may be unused before it ends.
        user_id: whose; None is everybody's.
    """
    query = (
        select(LogIn)
        .options(joinedload(LogIn.user))
        .where(LogIn.expires_at > clock.NOW, LogIn.seen_at > clock.after(-idle.total_seconds()))
        .order_by(LogIn.seen_at.desc(), LogIn.token_digest)
    )
    if user_id is not None:
        query = query.where(LogIn.user_id == user_id)
    return [each for each in session.scalars(query) if each.user.active]


def end_where(session: Session, ending: ColumnElement[bool]) -> None:
    """End the log-ins that meet a condition; each person was last seen when theirs was last used.

    Args:
        session: an open unit of work.
        ending: a condition on `LogIn`.
    """
    theirs = select(func.max(LogIn.seen_at)).where(ending, LogIn.user_id == User.id)
    latest = theirs.correlate(User).scalar_subquery()
    later = or_(User.seen_at.is_(None), User.seen_at < latest)
    session.execute(update(User).where(latest.is_not(None), later).values(seen_at=latest))
    session.execute(delete(LogIn).where(ending))
