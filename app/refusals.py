"""That somebody was refused what their role does not allow, in the audit log.

A program that asks again and again writes no more than a person who tries once: each page and
person is recorded once in a while.
"""

from threading import Lock
from time import monotonic

from app.audit import record
from app.db.engine import Database

EVERY_SECONDS = 60.0
AT_MOST = 1_000
"""Pages and persons that a process remembers."""


class Refusals:
    """What a process has recorded lately."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._noted: dict[tuple[int, str], float] = {}

    def note(self, database: Database, user_id: int, asked: str) -> None:
        """Record a refusal, unless the same was recorded within the last minute.

        Args:
            database: whose log.
            user_id: who was refused.
            asked: method and path as the route declares it, which names nobody.
        """
        if self._is_new((user_id, asked)):
            with database.begin() as session:
                record(session, user_id, "refuse", asked)

    def _is_new(self, what: tuple[int, str]) -> bool:
        now = monotonic()
        with self._lock:
            if now - self._noted.get(what, -EVERY_SECONDS) < EVERY_SECONDS:
                return False
            if len(self._noted) >= AT_MOST:
                self._noted = {
                    each: at for each, at in self._noted.items() if now - at < EVERY_SECONDS
                }
            if len(self._noted) < AT_MOST:
                self._noted[what] = now
            return len(self._noted) < AT_MOST
