"""Asking a PACS at a pace, and again where it was away: a link that breaks costs time, no film."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from app.pacs.web_server import NotReached
from app.pulling.line import Trouble

WAITS = (1.0, 5.0, 20.0)
"""Seconds after each try that came to nothing, before the next of the same request."""
AWAY = (2.0, 5.0, 15.0, 60.0, 120.0, 300.0)
"""The same where nobody answers at all; some eight minutes together, then the run fails."""
PASSING = ("no_http", "unknown_name")
LONGEST_ASKED = 300.0
"""Seconds that a PACS may ask to be left alone for."""
SLICE = 0.2

T = TypeVar("T")


class Pace:
    """So many requests a second, however many threads make them.

    Args:
        per_second: how many.
        check: raises where the run is to stop.
    """

    def __init__(self, per_second: float, check: Callable[[], None]) -> None:
        self._apart, self._check = 1 / per_second, check
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until the next request may be made.

        Raises:
            Whatever `check` raises.
        """
        with self._lock:
            mine = max(time.monotonic(), self._next)
            self._next = mine + self._apart
        self.sleep(mine - time.monotonic())

    def sleep(self, seconds: float) -> None:
        """Wait for so long, unless the run is to stop.

        Raises:
            Whatever `check` raises.
        """
        end = time.monotonic() + seconds
        self._check()
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(SLICE, left))
            self._check()

    def patiently(self, ask: Callable[[], T]) -> T:
        """Return what a request brings, made again where it may go better the next time.

        Raises:
            NotReached: the PACS is gone for longer than is waited for, or does not let us in.
            Trouble: it answered often enough that it cannot.
        """
        tries = away = 0
        while True:
            try:
                return ask()
            except Trouble as trouble:
                if trouble.lasting or tries == len(WAITS):
                    raise
                seconds = max(WAITS[tries], min(trouble.seconds, LONGEST_ASKED))
                tries += 1
            except NotReached as error:
                if error.fault not in PASSING or away == len(AWAY):
                    raise
                seconds = AWAY[away]
                away += 1
            self.sleep(seconds)
