"""Making the viewer renditions that readers need, beside whatever run a worker is at.

A thread of the worker takes on what was asked for last. It decodes nothing itself: a process of its
own does, as at import.
"""

import logging
import threading

from sqlalchemy.exc import OperationalError

from app import errors, renditions
from app.db.clock import moment
from app.db.engine import Database, read_only
from app.imaging.decoding import Decoder, Undecodable
from app.imaging.storage import Store, require_room
from app.imaging.stores import open_store
from app.renditions import Wanted
from app.settings import Settings
from worker.arrivals import stored

PAUSE = 0.25
"""Seconds between two looks at what waits."""
WARM = 600
"""Seconds for which a decoding process waits for the next film: to start one takes a second."""

log = logging.getLogger(__name__)


def serve(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Make viewer renditions as they are asked for, until told to stop.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells so.
    """
    while not stop.wait(PAUSE):
        try:
            if _waits(database):
                with Decoder(settings) as decoder:
                    _serve_with(decoder, open_store(settings), database, settings, stop)
        except (OperationalError, OSError, errors.CondyleError) as error:
            log.warning("viewer renditions have to wait (%s)", type(error).__name__)
            stop.wait(10)


def make_next(database: Database, settings: Settings, store: Store, decoder: Decoder) -> bool:
    """Make the viewer rendition that was asked for last; return whether one was.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        store: the content-addressed files.
        decoder: makes it.

    Raises:
        errors.Refused: the disk is full.
    """
    if not _waits(database):
        return False
    with database.begin() as session:
        wanted = renditions.claim(session, moment(session))
    if wanted is not None:
        _make(wanted, database, settings, store, decoder)
    return True


def _serve_with(
    decoder: Decoder,
    store: Store,
    database: Database,
    settings: Settings,
    stop: threading.Event,
) -> None:
    idle = 0.0
    while idle < WARM and not stop.is_set():
        if make_next(database, settings, store, decoder):
            idle = 0.0
        else:
            stop.wait(PAUSE)
            idle += PAUSE


def _waits(database: Database) -> bool:
    with read_only(database) as session:
        return renditions.is_wanted(session, moment(session))


def _make(
    wanted: Wanted, database: Database, settings: Settings, store: Store, decoder: Decoder
) -> None:
    try:
        file = decoder.render(store.local(wanted.stored_digest))
    except (Undecodable, errors.NotFound) as reason:
        log.warning("image %s cannot be shown: %s", wanted.image_id, reason.what)
        with database.begin() as session:
            renditions.give_up(session, wanted.image_id)
        return
    assert file.path is not None
    require_room(settings.home, file.path.stat().st_size, settings.disk_reserve_mb * 2**20)
    made = stored(store, "viewer", file)
    with database.begin() as session:
        renditions.put(session, wanted.image_id, vars(made))
