"""How a process sends what is due until it is told to stop: the loop that all senders share."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import errors, logs
from app.db.engine import Database

log = logging.getLogger(__name__)

Claimed = TypeVar("Claimed")
Outcome = TypeVar("Outcome")
AFTER_ERROR = 10.0
"""Seconds until the next look where the database, the disk or a setting is in the way."""
ENDING_SECONDS = 15.0
"""For how long a try is waited for that is under way when told to stop."""


def serve(what: str, look: Callable[[], object], stop: threading.Event, pause: float) -> None:
    """Look for what is due, and send it, until told to stop; whatever goes wrong is tried again.

    What is in hand then is due again when its time is over, as after a kill.

    Args:
        what: is sent, for the log.
        look: sends what is due.
        stop: tells so.
        pause: seconds between two looks.
    """
    while not stop.wait(pause):
        try:
            look()
        except (OperationalError, OSError, errors.CondyleError) as error:
            log.warning("%s: sending has to wait (%s)", what, type(error).__name__)
            stop.wait(AFTER_ERROR)
        except Exception as error:
            log.error("%s: not foreseen: %s", what, logs.described(error))
            stop.wait(AFTER_ERROR)


def every(seconds: float, do: Callable[[], object]) -> Callable[[], None]:
    """Return what does something when it is called first, and then once in so many seconds.

    Args:
        seconds: between two times, whether or not the first went well.
        do: it.
    """
    last = float("-inf")

    def now_and_then() -> None:
        nonlocal last
        if time.monotonic() - last > seconds:
            last = time.monotonic()
            do()

    return now_and_then


def send_all(
    database: Database,
    stop: threading.Event,
    claim: Callable[[Session], Claimed | None],
    attempt: Callable[[Claimed], Outcome],
    report: Callable[[Session, Claimed, Outcome], bool],
) -> int:
    """Send what is due, one thing after the other; return how many tries it took.

    Args:
        database: the sessionmaker.
        stop: tells that no more is to be begun.
        claim: takes what is due for the longest; None where nothing is.
        attempt: sends it once.
        report: writes down what came of it; returns False where the rest waits
            for the next look, as where the row is no longer its claimer's.
    """
    made = 0
    while not stop.is_set():
        with database.begin() as session:
            claimed = claim(session)
        if claimed is None:
            break
        made += 1
        outcome = attempt(claimed)
        with database.begin() as session:
            if not report(session, claimed, outcome):
                break
    return made
