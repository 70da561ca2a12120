"""Keeping the head of the audit log once a day, beside whatever else a process does."""

import logging
import threading
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app import errors
from app.audit.chain import Head, head
from app.audit.heads import kept, stamps
from app.audit.heads.kept import KeptHead
from app.db.clock import moment, present
from app.db.engine import Database, read_only
from app.settings import Settings

log = logging.getLogger(__name__)
LOOKED_EVERY = 600.0
"""Seconds between two looks at whether today's is kept."""


def keep(database: Database, settings: Settings) -> KeptHead | None:
    """Write down today's head of the audit log, stamped where an authority is set.

    A head that could not be stamped is kept without: that is proof of less, but of something.

    Args:
        database: whose log.
        settings: with the file, and with the authority, if any.

    Returns:
        What was kept; None where today's is there already, or the log is empty.

    Raises:
        errors.Refused: the file or a setting cannot be used.
    """
    path = Path(settings.audit_heads)
    with read_only(database) as session:
        now, found = moment(session), head(session)
    newest = kept.latest(kept.read(path))
    if not found.event_id or (newest and newest.at.date() >= now.date()):
        return None
    new = KeptHead(now, found, _stamp(settings, found))
    kept.append(path, new)
    return new


def keep_beginning(database: Database, settings: Settings, before: Head) -> None:
    """Write down the event after which the log will begin, stamped where an authority is set.

    Args:
        database: whose log.
        settings: with the file, and with the authority, if any.
        before: the last event that is to be retired.

    Raises:
        errors.Refused: the file or a setting cannot be used.
    """
    now, stamp = present(database), _stamp(settings, before)
    kept.append(Path(settings.audit_heads), KeptHead(now, before, stamp, beginning=True))


def _stamp(settings: Settings, found: Head) -> bytes:
    if not settings.timestamps_from:
        return b""
    try:
        return stamps.ask(settings, kept.written(found))
    except stamps.NoStamp as error:
        log.warning("the head of the audit log has no timestamp today: %s", error)
        return b""


def serve(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Keep the head of each day until told to stop; nothing where no file is set.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells so.
    """
    while settings.audit_heads:
        try:
            keep(database, settings)
        except errors.CondyleError as error:
            log.warning("today's head of the audit log is not kept: %s %s", error.what, error.do)
        except SQLAlchemyError as error:  # a database that is away now is there at the next look
            log.warning("today's head of the audit log is not kept yet (%s)", type(error).__name__)
        if stop.wait(LOOKED_EVERY):
            return
