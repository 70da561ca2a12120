"""What each person has read, and when each was seen last."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.agreement import rules as agreement
from app.agreement.figures import Pair
from app.db.clock import moment
from app.db.conditions import stands
from app.db.people import LogIn, User
from app.db.reading import Annotation

RECENTLY = timedelta(days=7)
TIMED = 200
"""The newest reads of a person that the median time is of."""


@dataclass(frozen=True)
class Work:
    """What one person has read.

    Attributes:
        reads: that stand, on every worklist.
        recent: those of the last seven days.
        seconds: median of the newest reads that were timed, `TIMED` at most; None where none was.
        agreement: with all others together, on images that have all their independent reads; None
            where there are none.
    """

    reads: int
    recent: int
    seconds: float | None
    agreement: Pair | None


def of_everybody(session: Session) -> dict[int, Work]:
    """Return what each person has read, by id; who has read nothing is left out."""
    recent = func.count().filter(Annotation.at >= moment(session) - RECENTLY)
    counts = (
        select(Annotation.reader_id, User.name, func.count(), recent)
        .join(User, User.id == Annotation.reader_id)
        .where(stands(Annotation))
        .group_by(Annotation.reader_id, User.name)
    )
    seconds, agreeing = _seconds(session), agreement.of_readers(session)
    return {
        reader_id: Work(reads, lately, seconds.get(reader_id), agreeing.get(name))
        for reader_id, name, reads, lately in session.execute(counts)
    }


def last_seen(session: Session) -> dict[int, datetime]:
    """Return when each person was here last, by id; who never was is left out."""
    in_use = (
        select(LogIn.user_id, func.max(LogIn.seen_at).label("at"))
        .group_by(LogIn.user_id)
        .subquery()
    )
    rows = session.execute(
        select(User.id, User.seen_at, in_use.c.at).outerjoin(in_use, in_use.c.user_id == User.id)
    )
    seen = {user_id: [at for at in moments if at is not None] for user_id, *moments in rows}
    return {user_id: max(moments) for user_id, moments in seen.items() if moments}


def _seconds(session: Session) -> dict[int, float]:
    newest = func.row_number().over(
        partition_by=Annotation.reader_id, order_by=Annotation.at.desc()
    )
    timed = (
        select(Annotation.reader_id, Annotation.milliseconds, newest.label("newest"))
        .where(Annotation.milliseconds.is_not(None), stands(Annotation))
        .subquery()
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for reader_id, milliseconds in session.execute(
        select(timed.c.reader_id, timed.c.milliseconds).where(timed.c.newest <= TIMED)
    ):
        found[reader_id].append(milliseconds)
    return {reader_id: median(values) / 1000 for reader_id, values in found.items()}
