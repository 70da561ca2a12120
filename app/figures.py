"""Figures of the whole archive, counted beside the pages that show them.

A count of a million rows takes seconds. So where the archive is large, a page shows what was last
counted and when, and has it counted anew; while that goes on it asks again by itself. A small
archive is counted while its page waits, and what it shows is of this moment.

Kept in the memory of each web process: nothing is written, so nothing can differ from the rows for
longer than a count takes. It lies beside the features, so that every feature may use it.
"""

import logging
from collections.abc import Callable, Hashable
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.db.archive import Image
from app.db.engine import read_only
from app.db.tables import now

COUNTED_AT_ONCE = 20_000
"""Images up to which a page waits for its counts."""
FRESH = timedelta(seconds=10)
"""For so long what was counted is shown without being counted anew."""
PATIENCE_SECONDS = 0.1
"""How long a page waits for what was never counted."""
_LARGEST = select(func.max(Image.id))

log = logging.getLogger(__name__)
Figure = TypeVar("Figure")


@dataclass(frozen=True)
class Counted(Generic[Figure]):
    """What was counted.

    Attributes:
        value: None where it is being counted for the first time.
        at: when it was counted; None where that was just now, or never.
        again: whether it is being counted anew, so that the page should be asked for again.
    """

    value: Figure | None
    at: datetime | None = None
    again: bool = False


class Figures:
    """What a web process has counted."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._lock = Lock()
        self._one_at_a_time = Lock()

    def show(
        self, session: Session, name: Hashable, count: Callable[[Session], Figure]
    ) -> Counted[Figure]:
        """Return a figure: counted now where the archive is small, else as it was counted last.

        Args:
            session: a unit of work that only reads.
            name: of the figure, and of all that `count` depends on.
            count: counts it.
        """
        if (session.scalar(_LARGEST) or 0) <= COUNTED_AT_ONCE:
            return Counted(count(session))
        engine = session.get_bind()
        assert isinstance(engine, Engine)
        with self._lock:
            kept = self._kept.setdefault(name, _Kept())
            if kept.is_old() and not kept.counting:
                kept.counting = True
                arguments = copy_context(), engine, kept, count
                Thread(target=self._count, args=arguments, daemon=True, name="figures").start()
        if kept.at is None:
            kept.known.wait(PATIENCE_SECONDS)
        return Counted(kept.value, kept.at, kept.is_old())

    def _count(
        self, context: Any, engine: Engine, kept: "_Kept", count: Callable[[Session], Any]
    ) -> None:
        """Count in the language of whoever asked first, one figure after the other."""
        try:
            with self._one_at_a_time, read_only(sessionmaker(engine)) as session:
                at, value = now(), context.run(count, session)
            kept.value, kept.at = value, at
            kept.known.set()
        except Exception:
            log.exception("a figure could not be counted; whoever asks next has it tried again")
        finally:
            kept.counting = False


class _Kept:
    """One figure: what was counted last and when, and whether it is being counted."""

    def __init__(self) -> None:
        self.value: Any = None
        self.at: datetime | None = None
        self.counting = False
        self.known = Event()

    def is_old(self) -> bool:
        return self.at is None or now() - self.at > FRESH
