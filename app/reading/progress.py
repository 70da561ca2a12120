"""How far a worklist has come, and how much a reader has read: today, this week."""

from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.blindness import NEVER_IN_REVIEW, is_read_blind
from app.db.conditions import is_of_others, stands
from app.db.learning import PseudoLabel
from app.db.named_lists import NamedList
from app.db.reading import Annotation, WorklistItem
from app.reading.desk import midnight
from app.sweeps import LATEST_SWEEP
from app.worklists import named_counts
from app.worklists.queues import WorklistName


class Progress(BaseModel):
    """Where a worklist and its reader stand."""

    total: int | None
    """Reads of the worklist, made or not, without named lists of others; None while a large one is
    being counted."""
    left: int | None
    """Those that are open, counted to the end; None likewise."""
    today: int
    """The reader's own standing reads since midnight, on the server's clock."""
    week: int
    """The same since Monday."""


class Parts(NamedTuple):
    """The reads of a worklist: all, those that are open, and both of each of its named lists."""

    total: int
    left: int
    named: named_counts.Counts


def parts(session: Session, worklist: WorklistName) -> Parts:
    """Count the reads of a worklist, and those of its named lists; of the latest sweep's review.

    In one statement: a read that is made between two would count in one of them alone.
    """
    if worklist == "review":
        return _of_review(session)
    of_list = WorklistItem.worklist == worklist
    rows = session.execute(named_counts.BY_LIST.where(of_list)).all()
    named = {list_id: (reads, left) for list_id, reads, left in rows if list_id is not None}
    return Parts(sum(row[1] for row in rows), sum(row[2] for row in rows), named)


def _of_review(session: Session) -> Parts:
    waiting = func.count().filter(PseudoLabel.status == "needs_review")
    counted = select(func.count(), waiting).where(
        PseudoLabel.sweep_id == LATEST_SWEEP.scalar_subquery(),
        PseudoLabel.status.not_in(NEVER_IN_REVIEW),
        ~is_read_blind(PseudoLabel.image_id),
    )
    total, left = session.execute(counted).one()
    return Parts(total, left, {})


def of_reader(session: Session, counted: Parts, reader_id: int) -> tuple[int, int]:
    """Return how many reads, and how many open ones, are not on a named list of others."""
    others = session.scalars(select(NamedList.id).where(is_of_others(NamedList.id, reader_id)))
    theirs = [counted.named.get(each, (0, 0)) for each in others]
    made_or_open, still_open = sum(each[0] for each in theirs), sum(each[1] for each in theirs)
    return counted.total - made_or_open, counted.left - still_open


def today_and_week(session: Session, reader_id: int, now: datetime) -> tuple[int, int]:
    """Count a reader's standing reads since midnight and since Monday.

    Args:
        now: the present moment, UTC.
    """
    today = midnight(now)
    monday = today - timedelta(days=today.weekday())
    mine = Annotation.reader_id == reader_id, Annotation.at >= monday, stands(Annotation)
    counted = select(func.count().filter(Annotation.at >= today), func.count()).where(*mine)
    row = session.execute(counted).one()
    return row[0], row[1]
