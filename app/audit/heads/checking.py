"""Checking the audit log, and that the heads which are kept are in it."""

from collections.abc import Sequence

from app.audit.chain import Checked, Head, check
from app.audit.heads import kept
from app.audit.heads.kept import KeptHead
from app.db.engine import Database
from app.settings import Settings


def check_log(
    database: Database, settings: Settings, wanted: Sequence[Head] = ()
) -> tuple[Checked, list[KeptHead]]:
    """Check the log, see `app.audit.chain.check`; events may be retired meanwhile.

    Where the log will begin is kept before it begins there. So a log that seems broken is checked
    again if more was kept since.

    Args:
        database: whose log.
        settings: with the file of kept heads, if any.
        wanted: other heads that must be in it.

    Returns:
        What it came to, and the heads that are kept.

    Raises:
        errors.Refused: the file of kept heads cannot be used.
    """
    there = kept.of(settings)
    while True:
        found = check(database, [*wanted, *(each.head for each in there)])
        if not found.broken or (since := kept.of(settings)) == there:
            return found, there
        there = since
