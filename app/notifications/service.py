"""What workers, or `condyle deliver`, do for notifications: old ones are removed."""

import logging
import threading

from sqlalchemy.exc import OperationalError

from app.db.clock import moment
from app.db.engine import Database, read_only
from app.notifications import rules
from app.settings import Settings

log = logging.getLogger(__name__)

FORGET_EVERY = 3600.0
"""Seconds."""


def serve(database: Database, _settings: Settings, stop: threading.Event) -> None:
    """Remove old notifications now and every hour until told to stop.

    Args:
        database: the sessionmaker.
        _settings: the process's settings.
        stop: tells so.
    """
    while True:
        try:
            forget(database)
        except OperationalError as error:
            log.warning("old notifications have to wait (%s)", type(error).__name__)
        if stop.wait(FORGET_EVERY):
            return


def forget(database: Database) -> None:
    """Remove what is old, a portion at a time."""
    while True:
        with read_only(database) as session:
            if not rules.has_old(session, moment(session)):
                return
        with database.begin() as session:
            rules.forget_old(session, moment(session))
