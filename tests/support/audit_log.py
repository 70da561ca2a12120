"""The audit log as tests look at it: within a unit of work that is still open, too."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from app.audit import chain, write_events
from app.db.engine import Database
from app.db.people import AuditEvent, AuditHead
from app.db.tables import now

ADDRESS = "203.0.113.7"
LONG_AGO, EARLIER = timedelta(days=500), timedelta(days=200)


def events_of(session: Session) -> Sequence[AuditEvent]:
    """Return every event, those of the open unit of work too."""
    write_events(session)
    return session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()


def add_events(session: Session, number: int, at: datetime) -> None:
    """Append events as a release of an earlier time wrote them: all at one moment."""
    last, rows = chain.head(session), list[dict[str, Any]]()
    for event_id in range(last.event_id + 1, last.event_id + 1 + number):
        row: dict[str, Any] = {"id": event_id, "at": at, "user_id": None, "action": "count"}
        row |= {"subject": f"thing {event_id}", "details": {"n": event_id}, "via": "page"}
        row |= {"address": ADDRESS, "log_in": "", "previous": last.digest}
        last = chain.Head(event_id, chain.digest_of(row))
        rows.append(row | {"digest": last.digest})
    session.execute(insert(AuditEvent), rows)
    session.execute(update(AuditHead).values(event_id=last.event_id, digest=last.digest))


def fill(database: Database) -> None:
    """Append six events of long ago, and four of earlier."""
    with database.begin() as session:
        add_events(session, 6, now() - LONG_AGO)
        add_events(session, 4, now() - EARLIER)


def unguard(session: Session) -> None:
    """Do what only the owner of a database can: have it refuse no change of the log."""
    for table, guards in (
        ("audit_event", ("insert", "update", "delete")),
        ("audit_base", ("insert", "update", "delete")),
    ):
        if session.get_bind().dialect.name == "sqlite":
            for guard in guards:
                session.execute(text(f"DROP TRIGGER {table}_refuses_{guard}"))
        else:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
