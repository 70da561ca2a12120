"""The audit log: who did what to which thing, a row in the same transaction as what was done.

It lies beside the features, not in one of them, so that every feature may call it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.db.people import AuditEvent, User

_EVENTS = insert(AuditEvent.__table__)  # type: ignore[arg-type]


class Event(NamedTuple):
    """One event of the audit log: what was done.

    Attributes:
        action: a verb phrase, `change role`.
        subject: the thing by its number, `person 3`; never patient data, never a typed secret.
        details: what else must be known later, JSON.
    """

    action: str
    subject: str
    details: dict[str, Any]


def record(
    session: Session, user: User | int | None, action: str, subject: str, **details: Any
) -> None:
    """Record one event; see `record_all` and `Event`."""
    record_all(session, user, [Event(action, subject, details)])


def record_all(session: Session, user: User | int | None, events: Sequence[Event]) -> None:
    """Record what one person did, in one statement.

    Args:
        session: an open unit of work; the events are stored or lost with it.
        user: who did it, a row or its id; None where a command line or a worker did.
        events: in the order in which they happened.
    """
    user_id = user.id if isinstance(user, User) else user
    if events:
        session.execute(_EVENTS, [{"user_id": user_id} | event._asdict() for event in events])
