"""What a worker does beside whatever run it is at: look again and again, and do what waits."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from app import errors
from app.imaging.decoding import Decoder
from app.settings import Settings

PAUSE = 0.25
"""Seconds between two looks at what waits."""
WARM = 600
"""Seconds for which a decoding process waits for the next film: to start one takes a second."""
AWAY = 10
"""Seconds after which a database or a disk that did not answer is asked again."""

log = logging.getLogger(__name__)


def look_after(
    settings: Settings,
    stop: threading.Event,
    waits: Callable[[], bool],
    do_next: Callable[[Decoder], bool],
    name: str,
) -> None:
    """Do what waits with a decoding process that is started when something does.

    Args:
        settings: the process's settings.
        stop: tells to stop.
        waits: whether anything waits.
        do_next: does the next thing; returns whether there was one.
        name: what it is, for the log.
    """
    while not stop.wait(PAUSE):
        try:
            if waits():
                with Decoder(settings) as decoder:
                    _while_warm(decoder, stop, do_next)
        except (OperationalError, OSError, errors.CondyleError) as error:
            log.warning("%s have to wait (%s)", name, type(error).__name__)
            stop.wait(AWAY)


def _while_warm(
    decoder: Decoder, stop: threading.Event, do_next: Callable[[Decoder], bool]
) -> None:
    idle = 0.0
    while idle < WARM and not stop.is_set():
        if do_next(decoder):
            idle = 0.0
        else:
            stop.wait(PAUSE)
            idle += PAUSE
