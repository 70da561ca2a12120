"""What workers, or `condyle deliver`, do for notifications: mails are sent, old ones removed."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db.clock import moment
from app.db.engine import Database, read_only
from app.notifications import mails, rules, sending
from app.settings import Settings

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two looks at what is due."""
AFTER_ERROR = 10.0
"""Seconds until the next look where the database is in the way."""
FORGET_EVERY = 3600.0


def serve(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Send mails where a server is set, and remove what is old every hour, until told to stop.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells so.
    """
    forgotten = float("-inf")
    while not stop.wait(PAUSE):
        try:
            if settings.mail_server:
                sending.send_all(database, settings, stop)
            if time.monotonic() - forgotten > FORGET_EVERY:
                forgotten = time.monotonic()
                forget(database, settings)
        except OperationalError as error:
            # What is in hand is due again when its time is over, as after a kill.
            log.warning("notifications have to wait (%s)", type(error).__name__)
            stop.wait(AFTER_ERROR)
        except Exception:
            log.exception("a mail could not be sent; it is tried again")
            stop.wait(AFTER_ERROR)


def forget(database: Database, settings: Settings) -> None:
    """Remove what is old, a portion at a time, and give up mails where no server is set."""
    if not settings.mail_server:
        with database.begin() as session:
            mails.give_up_all(session, "not_set")
    for old in (rules, mails):
        _forget(database, old.has_old, old.forget_old)


def _forget(
    database: Database,
    has_old: Callable[[Session, datetime], bool],
    forget_old: Callable[[Session, datetime], None],
) -> None:
    while True:
        with read_only(database) as session:
            if not has_old(session, moment(session)):
                return
        with database.begin() as session:
            forget_old(session, moment(session))
