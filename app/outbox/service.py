"""The outbox beside whatever else a process does: what it needs is loaded only where it is on."""

import logging
import threading

from app import errors
from app.db.engine import Database
from app.settings import Settings

log = logging.getLogger(__name__)


def serve(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Send what is in the outbox until told to stop; nothing where no PACS is set.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells so.
    """
    if not settings.write_back_to:
        return
    from app.outbox import sending  # highdicom and pynetdicom take seconds to load

    try:
        post = sending.post_of(settings)
    except errors.CondyleError as error:
        log.error("nothing in the outbox is sent: %s", error)
        return
    sending.serve(database, post, stop)
