"""Who did what to which thing: one row, written in the same transaction as the deed itself.

It lies beside the features, not in one of them, so that every feature may call it.
"""

from typing import Any

from sqlalchemy.orm import Session

from app.db.people import AuditEvent, User


def record(
    session: Session, user: User | int | None, action: str, subject: str, **details: Any
) -> None:
    """Add an audit event to the unit of work.

    Args:
        session: an open unit of work; the event is kept or lost with it.
        user: who did it, a row or its id; None where a command line or a worker did.
        action: a verb phrase, `change role`.
        subject: the thing by its number, `person 3`; never patient data, never a typed secret.
        details: what else must be known later, JSON.
    """
    user_id = user.id if isinstance(user, User) else user
    session.add(AuditEvent(user_id=user_id, action=action, subject=subject, details=details))
