"""Logging in: each failure counts against where it came from, so that strangers lock nobody out.

After repeated failures a name is locked for a while, for that address or that browser alone. What a
person is told is the same whether the name is unknown, the password wrong or the name locked, so
that names cannot be tried out.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts import passwords, rules
from app.accounts.browsers import Visitor
from app.audit import record
from app.db.clock import moment
from app.db.people import FailedLogIns, User

FREE_FAILURES = 4
LONGEST_LOCK = timedelta(minutes=15)
REMEMBERED = timedelta(days=1)
"""Failures that are older are forgotten."""


@dataclass(frozen=True)
class Attempt:
    """A log-in being tried: what to compare the password with, and whether it may succeed."""

    user_id: int | None
    password_hash: str
    allowed: bool
    source: str = ""


def attempt(session: Session, name: str, visitor: Visitor) -> Attempt:
    """Count a log-in attempt before the password is looked at, so that parallel ones count too.

    The caller commits, compares the password outside of any transaction, then calls `conclude`.

    Args:
        session: an open unit of work.
        name: as typed.
        visitor: where the attempt comes from.
    """
    active = rules.named(name).where(User.active.is_(True))
    user = session.scalar(active.with_for_update(key_share=True))
    if user is None or user.password_hash is None:
        return Attempt(None, passwords.NOBODY, False)
    source = visitor.source(user.id)
    return Attempt(user.id, user.password_hash, count(session, user.id, source), source)


def count(session: Session, user_id: int, source: str) -> bool:
    """Count an attempt as a failure until it succeeds; False where its source is locked.

    Args:
        session: an open unit of work that holds the lock of the person's row.
        user_id: as whom somebody tries to get in.
        source: from where.
    """
    at = moment(session)
    counted = session.get(FailedLogIns, (user_id, source))
    if counted is None:
        counted = FailedLogIns(user_id=user_id, source=source, failures=0)
        session.add(counted)
    elif counted.locked_until > at:
        return False
    counted.failures += 1
    counted.at, counted.locked_until = at, at + lock_after(counted.failures)
    session.flush()
    return True


def forget(session: Session, user_id: int, source: str) -> None:
    """Forget a person's failures from a source, and all old ones."""
    from_here = (FailedLogIns.user_id == user_id) & (FailedLogIns.source == source)
    old = FailedLogIns.at < moment(session) - REMEMBERED
    session.execute(delete(FailedLogIns).where(from_here | old))


def lock_after(failures: int) -> timedelta:
    """Return how long a name is locked after so many failures in a row: none, then doubling."""
    if failures <= FREE_FAILURES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 12)), LONGEST_LOCK)


def is_right(session: Session, tried: Attempt, matched: bool, action: str) -> User | None:
    """Return the person where `passes` says so, which is recorded; else None.

    Args:
        session: an open unit of work.
        tried: what `attempt` returned.
        matched: whether the password was right.
        action: what it was for, as the audit trail calls it.
    """
    user = passes(session, tried, matched, action)
    if user is not None:
        record(session, user, action, f"person {user.id}")
    return user


def passes(session: Session, tried: Attempt, matched: bool, action: str) -> User | None:
    """Return the person where the password matched and the attempt was allowed, else None.

    A failure is recorded; success forgets the failures from the same place, and all old ones.

    Args:
        session: an open unit of work.
        tried: what `attempt` returned.
        matched: whether the password was right.
        action: what it was for, as the audit trail calls it.
    """
    user = session.get(User, tried.user_id) if tried.user_id is not None else None
    if user is None or not (matched and tried.allowed and user.active):
        subject = f"person {user.id}" if user else "unknown name"
        record(session, user, f"fail to {action}", subject, locked=bool(user and not tried.allowed))
        return None
    forget(session, user.id, tried.source)
    return user
