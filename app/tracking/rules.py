"""Which runs are told, who tries it, and what came of it.

A row follows from the run's own, as in the outbox: no run has to think of it, and one that ended
while no server was set is told as soon as there is one.
"""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.db import clock
from app.db.engine import Database, read_only
from app.db.learning import Run
from app.db.tracking import TrackedRun
from app.db.upsert import insert_into
from app.outgoing import tries
from app.tracking.facts import TOLD

TRY_SECONDS = 180
"""For how long a try is its owner's: longer than all its requests together may take."""


@dataclass(frozen=True)
class Claimed:
    """A run in somebody's hands: its row, its own number, by which key it is told, which try."""

    id: int
    run_id: int
    key: str
    owner: str
    attempts: int


def fill(database: Database) -> None:
    """Note down the runs that are to be told and are not noted yet."""
    there = exists().where(TrackedRun.run_id == Run.id)
    ended = Run.status == "succeeded", Run.kind.in_(TOLD), Run.finished_at.is_not(None)
    with read_only(database) as session:
        found = session.scalars(select(Run.id).where(*ended, ~there).order_by(Run.id)).all()
    if not found:
        return
    rows = [{"run_id": run_id, "key": uuid4().hex} for run_id in found]
    with database.begin() as session:
        row = insert_into(session.get_bind().dialect.name, TrackedRun)
        session.execute(row.on_conflict_do_nothing(), rows)


def is_due(session: Session) -> bool:
    """Whether a run is to be told now."""
    return bool(session.scalar(select(exists().where(*tries.is_due(TrackedRun)))))


def claim(session: Session, owner: str) -> Claimed | None:
    """Take the run that has been due for the longest, for one try; None where none is."""
    told = tries.claim(TrackedRun, owner, TRY_SECONDS).returning(
        TrackedRun.id, TrackedRun.run_id, TrackedRun.key, TrackedRun.attempts
    )
    row = session.execute(told).first()
    return Claimed(row.id, row.run_id, row.key, owner, row.attempts) if row else None


def report(session: Session, claimed: Claimed, fault: str) -> bool:
    """Record what came of a try; a run that did not get there is tried again, however often.

    Args:
        session: an open unit of work.
        claimed: what was tried.
        fault: why it did not get there, "" where it did.

    Returns:
        False where it is no longer the owner's.
    """
    wait = tries.wait_after(claimed.attempts) or tries.WAITS[-1]
    after = {"due_at": clock.after(wait)} if fault else {"status": "sent"}
    return tries.let_go(session, TrackedRun, claimed.id, claimed.owner, {"fault": fault, **after})


def put_off(session: Session, fault: str) -> None:
    """Count a try for whatever else is due: the server was not reached.

    Args:
        session: an open unit of work.
        fault: why not.
    """
    tries.put_off(session, TrackedRun, (), None, {"owner": None, "fault": fault})


@dataclass(frozen=True)
class Waiting:
    """How many runs wait, why the one did that was tried last, whether nobody tries them."""

    runs: int
    fault: str
    late: bool


def waiting(session: Session) -> Waiting:
    """Return how it stands, for `condyle doctor`."""
    runs = select(func.count()).where(TrackedRun.status == "waiting")
    last = select(TrackedRun.fault).where(TrackedRun.status == "waiting", TrackedRun.fault != "")
    fault = session.scalar(last.order_by(TrackedRun.tried_at.desc()).limit(1))
    return Waiting(session.scalar(runs) or 0, fault or "", is_late(session))


def is_late(session: Session) -> bool:
    """Whether a run could have been told for `tries.LATE_SECONDS` while nobody tries any."""
    return tries.is_late(session, {TrackedRun: ()})
