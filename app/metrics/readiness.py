"""Whether this process can serve: whether what it stands on answers."""

import os
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import errors
from app.db.engine import Database, looking_up, newest_revision
from app.imaging.storage import Store
from app.runs import doorbell
from app.settings import Settings

FRESH_SECONDS = 2.0
"""For how long an answer is given again: however often one asks, it costs no more."""
PATIENCE_SECONDS = 15.0
"""After which a look that does not come back says that something does not answer."""
OK = "ok"
SILENT = "does not answer"
NO_FILE = "0" * 64
"""The digest of a file that no store has."""

Looks = Mapping[str, str]
"""{what was looked at: `OK`, or what is wrong with it}."""


class Readiness:
    """What a process found when it last looked; one thread looks at a time, and none waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: Looks = {}
        self._at = float("-inf")
        self._begun = monotonic()

    def ask(self, look: Callable[[], Looks]) -> Looks:
        """Return what was found within the last seconds, or look.

        Args:
            look: looks at everything; may take long where something hangs.
        """
        if not self._lock.acquire(blocking=False):
            late = monotonic() - self._begun > PATIENCE_SECONDS
            return {"looks": SILENT} if late or not self._found else self._found
        try:
            self._begun = monotonic()
            if self._begun - self._at > FRESH_SECONDS:
                self._found = look()
                self._at = monotonic()
            return self._found
        finally:
            self._lock.release()


def look(database: Database, settings: Settings, store: Store) -> Looks:
    """Look at the database, its schema, the broker and the store.

    Returns:
        What was found; everything is `OK` where this process can serve.
    """
    return {
        **_database(database),
        "broker": OK if settings.embedded or doorbell.answers(settings) else SILENT,
        "store": _store(settings, store),
    }


def is_ready(found: Looks) -> bool:
    """Tell whether everything that was looked at is well."""
    return all(words == OK for words in found.values())


def _database(database: Database) -> Looks:
    try:
        with looking_up(database) as session:
            revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return {"database": SILENT, "schema": "is not known"}
    schema = OK if revision == newest_revision() else "is of another release"
    return {"database": OK, "schema": schema}


def _store(settings: Settings, store: Store) -> str:
    try:
        store.exists(NO_FILE)
    except (errors.CondyleError, OSError):
        return SILENT
    return OK if os.access(settings.home, os.W_OK | os.X_OK) else "cannot be written to"
