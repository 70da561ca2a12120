"""How far a run with parts is, how fast it gets on and how long it will take: sums over parts."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import moment
from app.db.work import Part

LATELY = 20
"""Parts that ended last, of which the rate of those that run is told."""


@dataclass(frozen=True)
class Pace:
    """The parts of one run together.

    Attributes:
        count: how many there are.
        ended: how many of them have ended, however they did.
        failed: how many of those failed.
        running: how many are in a worker's hands.
        done: films or files of all parts that are done.
        total: and that there are.
        rate: films or files a second, None while nothing tells it.
        seconds_left: until the last part's end, at that rate; likewise.
    """

    count: int
    ended: int
    failed: int
    running: int
    done: int
    total: int
    rate: float | None
    seconds_left: float | None


def pace(session: Session, run_id: int) -> Pace | None:
    """Return how far the parts of a run are; None where it has none (any more)."""
    sums = select(Part.status, func.count(), func.sum(Part.done), func.sum(Part.total))
    rows = session.execute(sums.where(Part.run_id == run_id).group_by(Part.status)).all()
    if not rows:
        return None
    counts = {row[0]: int(row[1]) for row in rows}
    ended = sum(counts.get(status, 0) for status in ("succeeded", "failed", "cancelled"))
    done, total = sum(int(row[2]) for row in rows), sum(int(row[3]) for row in rows)
    running = counts.get("running", 0)
    rate = _rate(session, run_id, running)
    left = (total - done) / rate if rate else None
    return Pace(
        sum(counts.values()), ended, counts.get("failed", 0), running, done, total, rate, left
    )


def _rate(session: Session, run_id: int, running: int) -> float | None:
    """Return how fast the parts that run get on together.

    Each is taken to be as fast as those that ended lately; before one has, what those that run
    have done since they were taken tells it.
    """
    if not running:
        return None
    of_run = select(Part.done, Part.started_at, Part.finished_at).where(Part.run_id == run_id)
    ended = of_run.where(Part.status == "succeeded", Part.done > 0)
    lately = session.execute(ended.order_by(Part.finished_at.desc()).limit(LATELY)).all()
    rows = lately or session.execute(of_run.where(Part.status == "running", Part.done > 0)).all()
    now = moment(session)
    done = sum(row.done for row in rows)
    taken = sum(((row.finished_at or now) - row.started_at for row in rows), timedelta())
    seconds = taken.total_seconds()
    return running * done / seconds if done and seconds > 0 else None
