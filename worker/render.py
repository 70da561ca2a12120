"""Making the viewer renditions that readers need, beside whatever run a worker is at.

A thread of the worker takes on what was asked for last. It decodes nothing itself: a process of its
own does, as at import.
"""

import logging
import threading
from functools import cache, partial

from app import errors, renditions
from app.db.clock import moment
from app.db.engine import Database, read_only
from app.imaging.decoding import Decoder, Undecodable
from app.imaging.storage import Store, require_room
from app.imaging.stores import open_store
from app.renditions import Wanted
from app.settings import Settings
from worker.arrivals import stored
from worker.beside import look_after

log = logging.getLogger(__name__)


def serve(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Make viewer renditions as they are asked for, until told to stop.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells so.
    """

    store = cache(partial(open_store, settings))

    def make(decoder: Decoder) -> bool:
        return make_next(database, settings, store(), decoder)

    look_after(settings, stop, lambda: _waits(database), make, "viewer renditions")


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
