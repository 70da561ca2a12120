"""What `condyle doctor` looks at of kept heads: whether somebody keeps and stamps them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app import errors
from app.audit.heads import kept, stamps
from app.checks import Check, reading, refused
from app.db.clock import moment
from app.settings import Settings

LATE = timedelta(days=2)
"""After so long without a new one nobody keeps them, whatever the hour of the day."""


def examine(settings: Settings) -> Iterator[Check]:
    """Look at the file of kept heads, for `condyle doctor`."""
    if not settings.audit_heads:
        return
    try:
        with reading(settings) as session:
            now = moment(session)
        there = kept.read(Path(settings.audit_heads))
        if settings.timestamps_from:
            stamps.require(settings)
    except errors.Refused as error:
        yield refused(error)
        return
    except SQLAlchemyError:  # the doctor says so elsewhere
        return
    newest = kept.latest(there)
    if newest is None or now - newest.at > LATE:
        do = "start a worker with CONDYLE_AUDIT_HEADS set, or have `condyle audit keep` run daily"
        yield Check(False, f"Nobody has kept the head of the audit log for two days: {do}.")
    elif settings.timestamps_from and not newest.stamp:
        do = "see whether CONDYLE_TIMESTAMPS_FROM answers from the worker's machine"
        yield Check(False, f"The newest kept head of the audit log has no timestamp: {do}.")
    else:
        yield Check(True, f"Heads of the audit log: {len(there):,} kept.")
