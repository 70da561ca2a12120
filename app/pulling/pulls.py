"""How far a pull is, as rows: which minute it has reached, and what was settled since.

Nothing that is kept leads to a patient: studies and films are known by keyed hashes, and those of a
window are counted and removed with its end.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.db.pulls import Pull, PullStep
from app.db.upsert import insert_into


def begin(session: Session, run_id: int) -> Pull:
    """Return the row of a pull, new or as it was left; what earlier ones have left is counted."""
    left = PullStep.run_id != run_id
    for other in session.scalars(select(PullStep.run_id).where(left).distinct()).all():
        _fold(session, session.get_one(Pull, other))
    pull = session.get(Pull, run_id)
    if pull is None:
        pull = Pull(run_id=run_id, counts={})
        session.add(pull)
        session.flush()
    return pull


def done(session: Session, run_id: int) -> set[str]:
    """Return what of the window that is under way needs nothing more: studies and objects."""
    return set(session.scalars(select(PullStep.uid).where(PullStep.run_id == run_id)))


def write_step(session: Session, run_id: int, uid: str, what: str) -> None:
    """Record what became of a study or an object, once."""
    insertion = insert_into(session.get_bind().dialect.name, PullStep)
    row = {"run_id": run_id, "uid": uid, "what": what}
    session.execute(insertion.values(row).on_conflict_do_nothing())


def close_window(session: Session, run_id: int, end: datetime, beside: Counter[str]) -> None:
    """Record that a window is done, and count what was settled in it.

    Args:
        session: an open unit of work.
        run_id: the pull.
        end: the minute after the window.
        beside: what else is counted of it.
    """
    pull = session.get_one(Pull, run_id)
    _fold(session, pull, beside)
    pull.reached = end.isoformat(timespec="minutes")


def counts(session: Session, run_id: int) -> Counter[str]:
    """Return what a pull has settled so far, by what became of it."""
    pull = session.get(Pull, run_id)
    return _steps(session, run_id) + Counter(pull.counts if pull else {})


def _fold(session: Session, pull: Pull, beside: Counter[str] | None = None) -> None:
    found = _steps(session, pull.run_id) + Counter(pull.counts) + (beside or Counter())
    pull.counts = dict(found)
    session.execute(delete(PullStep).where(PullStep.run_id == pull.run_id))


def _steps(session: Session, run_id: int) -> Counter[str]:
    mine = select(PullStep.what, func.count()).where(PullStep.run_id == run_id)
    found = Counter[str]()
    for what, number in session.execute(mine.group_by(PullStep.what)):
        found[what] = number
    return found
