"""What a web process knows of all images to search them, and how that follows the database.

It is read once, in the order of the images, and then brought up to date at each request by the
rows that were added since: images, reads, overruled labels, exclusions, items of worklists and what
was read on arrival.
Whatever changes many images without such a row (a sweep, an audit that failed, double reading) has
the whole read anew: while the page waits where the archive is small, else beside it, and the page
says so.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, RLock, Thread
from time import monotonic
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Engine, exists, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.archive.cells import Cells
from app.archive.columns import read
from app.archive.tails import FEW, Tails
from app.db.among import is_among
from app.db.archive import Image, Workspace
from app.db.engine import read_only
from app.db.learning import Lot
from app.db.reading import DoubleReading, WorklistItem
from app.db.removal import Removal
from app.db.tables import now
from app.figures import COUNTED_AT_ONCE, PATIENCE_SECONDS, Counted
from app.sweeps import LATEST_SWEEP

WINDOW = 20_000
"""Images whose facets are read together."""
OLD_SECONDS = 600
"""After so long everything is read anew: a knee put right, say, leaves no new row."""
PAUSE_SECONDS = 30
"""Between two readings of a large archive."""
_DISPUTE = exists().where(WorklistItem.worklist == "adjudication", WorklistItem.done.is_(False))
_ALL_AT_ONCE = (
    select(
        LATEST_SWEEP.scalar_subquery(),
        exists().where(Workspace.blind_first),
        _DISPUTE,
        select(func.max(Removal.id)).scalar_subquery(),
    ),
    select(Lot.id, Lot.status)
    .where(Lot.sweep_id == LATEST_SWEEP.scalar_subquery())
    .order_by(Lot.id),
    select(DoubleReading.worklist, DoubleReading.share, DoubleReading.rng).order_by(
        DoubleReading.worklist
    ),
)

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass
class _Known:
    """All images as they were read, and what would have them read anew."""

    whole: Any
    cells: Cells = field(default_factory=Cells)
    at: datetime = field(default_factory=now)
    read_at: float = field(default_factory=monotonic)
    tails: Tails = field(default_factory=Tails)


class Index:
    """What a web process knows of all images."""

    def __init__(self) -> None:
        self._known: _Known | None = None
        self._reading = False
        self._ready = Event()
        self._lock = RLock()

    def ask(self, session: Session, question: Callable[[Cells], Answer]) -> Counted[Answer]:
        """Answer a question by what is known, which is brought up to date first.

        Args:
            session: a unit of work that only reads.
            question: asked of the images.
        """
        with self._lock:
            again = self._follow(session)
        if self._known is None:
            self._ready.wait(PATIENCE_SECONDS)
        with self._lock:
            if self._known is None:
                return Counted(None, again=True)
            at = self._known.at if again else None
            return Counted(question(self._known.cells), at, again)

    def _follow(self, session: Session) -> bool:
        """Bring what is known up to date; return whether it is not, and is being read anew."""
        known, whole = self._known, _whole(session)
        if known is not None and self._put_right(session, known) and known.whole == whole:
            if monotonic() - known.read_at > OLD_SECONDS:
                self._read_beside(session)
            return False
        if (session.scalar(select(func.max(Image.id))) or 0) <= COUNTED_AT_ONCE:
            self._known = _read_all(session)
            return False
        self._read_beside(session)
        return True

    def _put_right(self, session: Session, known: _Known) -> bool:
        """Read the images anew of which there are new rows; return False where they are many."""
        changed = known.tails.follow(session)
        if len(changed) > FEW:
            known.whole = None
            return False
        if changed:
            ids = sorted(changed)
            columns = read(session, lambda column: is_among(column, ids), known.cells.codes)
            known.cells.put(columns)
            known.cells.drop(np.setdiff1d(np.array(ids, np.int64), columns.ids))
        return True

    def _read_beside(self, session: Session) -> None:
        """Have everything read in a thread, unless that goes on or was done just now."""
        known = self._known
        if self._reading or (known and monotonic() - known.read_at < PAUSE_SECONDS):
            return
        self._reading = True
        engine = session.get_bind()
        assert isinstance(engine, Engine)
        Thread(target=self._read, args=(engine,), daemon=True, name="archive").start()

    def _read(self, engine: Engine) -> None:
        try:
            with read_only(sessionmaker(engine)) as session:
                known = _read_all(session)
            with self._lock:
                self._known = known
            self._ready.set()
        except Exception:
            log.exception("the archive could not be read; whoever asks next has it tried again")
        finally:
            self._reading = False


def _read_all(session: Session) -> _Known:
    """Read all images; what is added meanwhile is followed later."""
    known = _Known(_whole(session))
    known.tails.begin(session)
    for first in range(1, (session.scalar(select(func.max(Image.id))) or 0) + 1, WINDOW):
        columns = read(session, _between(first), known.cells.codes)
        known.cells.put(columns)
    return known


def _between(first: int) -> Callable[[Any], Any]:
    return lambda column: column.between(first, first + WINDOW - 1)


def _whole(session: Session) -> Any:
    """Return what changes many images at once without a row of theirs that is new."""
    connection = session.connection()
    return tuple(tuple(connection.execute(each).all()) for each in _ALL_AT_ONCE)
