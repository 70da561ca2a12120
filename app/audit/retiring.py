"""Retiring the oldest events of the audit log: to a file first, and out of the database then."""

from pathlib import Path

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from app import errors
from app.audit import archive, bases, record
from app.audit.archive import Archived
from app.audit.bases import Base
from app.audit.chain import Head
from app.audit.heads import checking, daily
from app.db.changes import changed
from app.db.engine import Database, drop_traces, snapshot
from app.db.people import AuditBase, AuditEvent
from app.settings import Settings

MOST = 100_000
"""Events that one retirement takes. They go in one transaction, for which everybody else who writes
to SQLite waits: two seconds, of the 30 after which their writing fails."""
LATE = "Somebody else was retiring events at the same time"


def retire(database: Database, settings: Settings, first_id: int, path: Path) -> Base | None:
    """Write the oldest events to a file, and remove them: those before one, `MOST` at most.

    Killed at any step it leaves all of them in the database, or all of them in the file; the file
    is on the disk, and was read back, before the first of them goes.

    Args:
        database: whose log.
        settings: with the file of kept heads, if any, where the beginning is written down too.
        first_id: number of the first event to keep; where more than `MOST` are before it, a later
            call, with another file, goes on.
        path: a new file.

    Returns:
        Where the log begins now; None where nothing was to be retired.

    Raises:
        errors.Refused: the log is broken, the file cannot be written or is not what was written,
            or somebody else was retiring. Nothing is removed then.
    """
    with snapshot(database) as session:
        base = bases.newest(session)
    begins = Head(base.first_id - 1, base.digest) if base else Head(0, archive.NOTHING)
    if first_id <= begins.event_id + 1:
        return None
    first_id = min(first_id, begins.event_id + 1 + MOST)
    found, heads = checking.check_log(database, settings)
    if found.broken:
        raise _refused(f"The audit log is broken at event {found.broken.event_id}")
    with snapshot(database) as session:
        if bases.newest(session) != base:
            raise _refused(LATE)
        archive.write(session, first_id, path)
    archived = archive.check(path, [each.head for each in heads])
    if archived.broken or (archived.first_id, archived.head.event_id) != (
        begins.event_id + 1,
        first_id - 1,
    ):
        raise _refused(f"The archive {path} does not hold what was written to it")
    if settings.audit_heads:
        daily.keep_beginning(database, settings, archived.head)
    return _remove(database, archived)


def _remove(database: Database, archived: Archived) -> Base:
    base = Base(archived.head.event_id + 1, archived.head.digest, archived.events, archived.digest)
    with database.begin() as session:
        _state(session, base)
        gone = delete(AuditEvent).where(AuditEvent.id < base.first_id)
        if changed(session, gone) != base.events:
            raise _refused(LATE)
        record(session, None, bases.RETIRE, "audit log", **base._asdict())
    drop_traces(database)
    return base


def _state(session: Session, base: Base) -> None:
    try:
        session.execute(insert(AuditBase).values(base._asdict()))
    except (IntegrityError, ProgrammingError) as error:  # as SQLite and PostgreSQL say it
        raise _refused(LATE) from error


def _refused(what: str) -> errors.Refused:
    do = "Nothing was removed. See what `condyle audit verify` says, and name a new file."
    return errors.Refused(f"{what}.", "audit log", do)
