"""Writing down how long decoding took, beside what a process does."""

import logging
import threading

from sqlalchemy.exc import OperationalError

from app.db.engine import Database
from app.imaging.decode_times import TIMES
from app.metrics.decoding import write_down

EVERY = 10.0
"""Seconds between two times; what a killed process has counted since is lost."""

log = logging.getLogger(__name__)


def serve(database: Database, stop: threading.Event) -> None:
    """Write down what this process counts, until told to stop, and then once more."""
    while not stop.wait(EVERY):
        flush(database)
    flush(database)


def flush(database: Database) -> None:
    """Write down what this process has counted since it last did."""
    counts = TIMES.take()
    if not counts:
        return
    try:
        with database.begin() as session:
            write_down(session, counts)
    except OperationalError as error:
        TIMES.add(counts)
        log.warning("decoding times have to wait (%s)", type(error).__name__)
