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
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from app.archive.cells import Cells
from app.archive.columns import read
from app.db.among import is_among
from app.db.archive import Image, Workspace
from app.db.arrivals import ArrivalRead
from app.db.engine import read_only
from app.db.exclusion import Exclusion
from app.db.learning import Lot
from app.db.reading import Annotation, DoubleReading, Overrule, WorklistItem
from app.db.removal import Removal
from app.db.tables import now
from app.figures import COUNTED_AT_ONCE, PATIENCE_SECONDS, Counted
from app.sweeps import LATEST_SWEEP

WINDOW = 20_000
"""Images whose facets are read together."""
TAIL = 1_000
"""Numbers before the last that are still looked for where they are missing: PostgreSQL's rows may
become visible out of order."""
FEW = 5_000
"""Images that are put right while a page waits."""
OLD_SECONDS = 600
"""After so long everything is read anew: a knee put right, say, leaves no new row."""
PAUSE_SECONDS = 30
"""Between two readings of a large archive."""
_DISPUTE = exists().where(WorklistItem.worklist == "adjudication", WorklistItem.done.is_(False))
_ALL_AT_ONCE = select(
    LATEST_SWEEP.scalar_subquery(),
    exists().where(Workspace.blind_first),
    _DISPUTE,
    select(func.max(Removal.id)).scalar_subquery(),
)

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class _Tail:
    """The end of a table that only grows: which rows are new, and the images they are of."""

    def __init__(
        self, number: InstrumentedAttribute[int], image: InstrumentedAttribute[int]
    ) -> None:
        self._rows = select(number, image).order_by(number).limit(FEW + 1)
        self._number = number
        self._last = 0
        self._missing: set[int] = set()

    def begin(self, session: Session) -> None:
        """Take what is there for known."""
        last = session.scalar(select(func.max(self._number))) or 0
        self._last = max(last - TAIL, 0)
        self._pass({number for number, _image in self._new(session)}, last)

    def follow(self, session: Session) -> set[int]:
        """Return the images of the rows that are new; more than `FEW` where there are too many."""
        rows = self._new(session)
        if rows:
            numbers = {number for number, _image in rows}
            self._pass(numbers, max(self._last, *numbers))
        return {image for _number, image in rows}

    def _new(self, session: Session) -> list[tuple[int, int]]:
        rows = list(session.execute(self._rows.where(self._number > self._last)))
        if self._missing and session.get_bind().dialect.name != "sqlite":  # one writer at a time
            rows += session.execute(self._rows.where(is_among(self._number, sorted(self._missing))))
        return [(number, image) for number, image in rows]

    def _pass(self, numbers: set[int], last: int) -> None:
        """Go on to the last row; numbers left out on the way may still become visible."""
        left_out = self._missing | set(range(max(self._last, last - TAIL) + 1, last + 1))
        self._missing = {each for each in left_out - numbers if each > last - TAIL}
        self._last = last


@dataclass
class _Known:
    """All images as they were read, and what would have them read anew."""

    whole: Any
    cells: Cells = field(default_factory=Cells)
    at: datetime = field(default_factory=now)
    read_at: float = field(default_factory=monotonic)
    tails: tuple[_Tail, ...] = field(
        default_factory=lambda: (
            _Tail(Image.id, Image.id),
            _Tail(Annotation.id, Annotation.image_id),
            _Tail(WorklistItem.id, WorklistItem.image_id),
            _Tail(Overrule.id, Overrule.image_id),
            _Tail(Exclusion.id, Exclusion.image_id),
            _Tail(ArrivalRead.id, ArrivalRead.image_id),
        )
    )


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
        changed = set().union(*(tail.follow(session) for tail in known.tails))
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
    for tail in known.tails:
        tail.begin(session)
    for first in range(1, (session.scalar(select(func.max(Image.id))) or 0) + 1, WINDOW):
        columns = read(session, _between(first), known.cells.codes)
        known.cells.put(columns)
    return known


def _between(first: int) -> Callable[[Any], Any]:
    return lambda column: column.between(first, first + WINDOW - 1)


def _whole(session: Session) -> Any:
    """Return what changes many images at once without a row of theirs that is new."""
    first = session.execute(_ALL_AT_ONCE).one()
    lots = select(Lot.id, Lot.status).where(Lot.sweep_id == first[0]).order_by(Lot.id)
    double = select(DoubleReading.worklist, DoubleReading.share, DoubleReading.rng)
    return (
        tuple(first),
        tuple(map(tuple, session.execute(lots))),
        tuple(map(tuple, session.execute(double.order_by(DoubleReading.worklist)))),
    )
