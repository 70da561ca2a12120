"""What is done for notifications beside the web process: mails are sent, old rows removed.

Workers or `condyle deliver` send; every worker removes, also where none of them reaches outside.
"""

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from functools import partial

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import logs
from app.db.clock import present
from app.db.engine import Database, read_only
from app.notifications import mails, rules, sending
from app.outgoing import serving
from app.settings import Settings

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two looks at what is due."""
AFTER_ERROR = 10.0
"""Seconds until the next look where the database is in the way."""
FORGET_EVERY = 3600.0


def serve_mails(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Send mails until told to stop; nothing where no server is set.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells so.
    """
    if settings.mail_server:
        look = partial(sending.send_all, database, settings, stop)
        serving.serve("mails", look, stop, PAUSE)


def serve_forgetting(database: Database, _settings: Settings, stop: threading.Event) -> None:
    """Remove what is old every hour until told to stop.

    Args:
        database: the sessionmaker.
        stop: tells so.
    """
    pause = PAUSE
    while not stop.wait(pause):
        pause = FORGET_EVERY
        try:
            forget(database)
        except OperationalError as error:
            log.warning("old notifications are not removed yet (%s)", type(error).__name__)
            pause = AFTER_ERROR
        except Exception as error:
            said = logs.described(error)
            log.error("old notifications are not removed; it is tried again in an hour: %s", said)


def forget(database: Database) -> None:
    """Give up mails that nobody sends, and remove what is old, a portion at a time.

    What is to go is looked for without keeping anybody from writing.
    """
    with database.begin() as session:
        mails.give_up_late(session)
    now = present(database)
    _remove_all(database, partial(mails.old, now=now), mails.remove)
    _remove_all(database, partial(rules.old, now=now), rules.remove)
    with read_only(database) as session:
        too_many = rules.who_has_too_many(session)
    for user_id in too_many:
        _remove_all(database, partial(rules.beyond, user_id=user_id), rules.remove)


def _remove_all(
    database: Database,
    some: Callable[[Session], Sequence[int]],
    remove: Callable[[Session, Collection[int]], None],
) -> None:
    while True:
        with read_only(database) as session:
            found = some(session)
        if not found:
            return
        with database.begin() as session:
            remove(session, found)
