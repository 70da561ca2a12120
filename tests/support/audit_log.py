"""The audit log as tests look at it: within a unit of work that is still open, too."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import write_events
from app.db.people import AuditEvent


def events_of(session: Session) -> Sequence[AuditEvent]:
    """Return every event, those of the open unit of work too."""
    write_events(session)
    return session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
