"""Parts of runs as rows: written, claimed, kept, ended; the last one's end leaves the run to close.

The states are in the docstring of `app.db.work.Part`. Each transition is one conditional UPDATE:
whoever changes no row has lost the race and does nothing. A run whose parts are under way is
running and has no owner. Whoever ends a part holds the run's row while looking whether it was the
last, so that of two that end together one sees the other.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app import errors
from app.announcing import RUN_ENDED, announce
from app.db import clock
from app.db.changes import changed_one
from app.db.learning import Run
from app.db.work import DecodedBatch, ImportTally, Part


@dataclass(frozen=True)
class Share:
    """What one part is to be.

    Attributes:
        range: what it is of, JSON.
        total: how many films or files that are.
    """

    range: dict[str, Any]
    total: int


def write(
    session: Session,
    run_id: int,
    owner: str,
    shares: Iterable[Share],
    task: str,
    resource: str,
) -> int:
    """Write a planned run's parts, all or none; from here on the run belongs to their owners.

    Args:
        session: an open unit of work.
        run_id: a run that the owner has claimed.
        owner: who planned it.
        shares: what each part is to be, one at least.
        task: what is done with each, as `Part.task` has it.
        resource: one of `app.db.work.RESOURCES`.

    Returns:
        How many there are.

    Raises:
        errors.LeaseLost: the run is no longer the owner's.
    """
    owned = and_(Run.id == run_id, Run.status == "running", Run.owner == owner)
    handed_over = update(Run).where(owned).values(owner=None, lease_expires_at=None, attempts=0)
    if not changed_one(session, handed_over):
        raise errors.LeaseLost("Another worker has taken this run over.", f"run {run_id}")
    same = {"run_id": run_id, "task": task, "resource": resource}
    rows = [
        same | {"number": number, "range": share.range, "total": share.total}
        for number, share in enumerate(shares, 1)
    ]
    session.execute(insert(Part), rows)
    return len(rows)


def are_under_way(session: Session, run_id: int) -> bool:
    """Whether a run has been planned: it has parts until it ends."""
    return session.scalar(select(Part.id).where(Part.run_id == run_id).limit(1)) is not None


def numbered(session: Session, run_id: int, first: int, last: int) -> Sequence[Part]:
    """Return some parts of a run in their order, from one number to another."""
    parts = select(Part).where(Part.run_id == run_id, Part.number.between(first, last))
    return session.scalars(parts.order_by(Part.number)).all()


def claim(
    session: Session, part_id: int, owner: str, lease: timedelta, tasks: Collection[str]
) -> Part | None:
    """Make a queued part, or a running one whose worker is gone, the owner's.

    Args:
        session: an open unit of work.
        part_id: the part.
        owner: a name nobody else claims by.
        lease: for how long it is the owner's without a sign of life.
        tasks: the tasks that the owner knows.

    Returns:
        The part; None where somebody else has it, it has ended, or its task is not known here.
    """
    free = or_(Part.status == "queued", _expired())
    taken = update(Part).where(Part.id == part_id, free, Part.task.in_(tasks))
    claimed = taken.values(
        status="running",
        owner=owner,
        lease_expires_at=clock.after(lease.total_seconds()),
        attempts=Part.attempts + 1,
        started_at=clock.NOW,
    )
    return session.get_one(Part, part_id) if changed_one(session, claimed) else None


def beat(session: Session, part_id: int, owner: str, lease: timedelta) -> bool:
    """Prolong the owner's lease. False where the part is no longer the owner's."""
    prolonged = clock.after(lease.total_seconds())
    owned = update(Part).where(_owned(part_id, owner))
    return changed_one(session, owned.values(lease_expires_at=prolonged))


def advance(session: Session, part_id: int, owner: str, done: int) -> bool:
    """Record that a part has got so far for good, in the transaction that writes what it made.

    Whatever takes its worker down later is not the fault of what is done: attempts count anew.
    """
    owned = update(Part).where(_owned(part_id, owner))
    return changed_one(session, owned.values(done=done, attempts=1))


def give_back(session: Session, part_id: int, owner: str) -> bool:
    """Queue a part again whose worker was told to stop; that was no death, and is not counted.

    Returns:
        False where it is not the owner's, or has ended.
    """
    owned = update(Part).where(_owned(part_id, owner))
    left = {"status": "queued", "owner": None, "lease_expires_at": None}
    return changed_one(session, owned.values(**left, attempts=Part.attempts - 1))


def finish(
    session: Session,
    part: Part,
    owner: str,
    status: str,
    result: dict[str, Any] | None = None,
    failure: dict[str, str] | None = None,
    *,
    stops: bool = False,
) -> Run | None:
    """End a part once, and with the last of a run the run's sharing out.

    Args:
        session: an open unit of work.
        part: the part, as it was claimed.
        owner: who claimed it.
        status: `succeeded`, `failed` or `cancelled`.
        result: figures for the end of the run.
        failure: why it failed, as `Part.failure` has it.
        stops: whether what failed concerns the whole run, so that the other parts stop too.

    Returns:
        The run as it stands now: queued where its parts are all done and it can be closed, ended
        where it failed or was cancelled. None where the part is not the owner's.
    """
    _hold(session, part.run_id)
    ended: dict[str, Any] = {"status": status, "result": result or {}, "failure": failure}
    ended |= {"finished_at": clock.NOW, "lease_expires_at": None}
    if status == "succeeded":
        ended["done"] = Part.total
    if not changed_one(session, update(Part).where(_owned(part.id, owner)).values(**ended)):
        return None
    if stops:
        session.execute(update(Run).where(_shared(part.run_id)).values(failure=failure))
        _drop_queued(session, part.run_id)
    _end_with_the_last(session, part.run_id)
    return session.get_one(Run, part.run_id, populate_existing=True)


def cancel(session: Session, run_id: int) -> None:
    """Cancel the parts of a run that wait; those that run stop at their next batch.

    Args:
        session: an open unit of work, in which the run was asked to stop.
        run_id: the run; one without parts is left as it is.
    """
    _hold(session, run_id)
    _drop_queued(session, run_id)
    if are_under_way(session, run_id):
        _end_with_the_last(session, run_id)


def must_stop(session: Session, run_id: int) -> bool:
    """Whether a run's parts are to stop: a person asked for it, or one of them failed for all."""
    stopped = select(or_(Run.cancel_requested, _failing()))
    return bool(session.scalar(stopped.where(Run.id == run_id)))


def forget(session: Session, run_id: int) -> None:
    """Remove the parts of a run that has ended, and what they have handed on."""
    for table in (Part, DecodedBatch, ImportTally):
        session.execute(delete(table).where(table.run_id == run_id))


def results(session: Session, run_id: int) -> Sequence[dict[str, Any]]:
    """Return what the parts of a run have found, in their order."""
    return session.scalars(
        select(Part.result).where(Part.run_id == run_id).order_by(Part.number)
    ).all()


def waiting(session: Session, limit: int) -> Sequence[Part]:
    """Return parts a worker should be rung for: queued ones, and those whose worker is gone.

    Args:
        session: an open unit of work.
        limit: how many at most of each, the oldest first.
    """
    queued = select(Part).where(Part.status == "queued").order_by(Part.id).limit(limit)
    gone = select(Part).where(_expired()).order_by(Part.id).limit(limit)
    return [*session.scalars(gone), *session.scalars(queued)]


def _expired() -> ColumnElement[bool]:
    return and_(Part.status == "running", Part.lease_expires_at < clock.NOW)


def _owned(part_id: int, owner: str) -> ColumnElement[bool]:
    return and_(Part.id == part_id, Part.status == "running", Part.owner == owner)


def _shared(run_id: int) -> ColumnElement[bool]:
    """The condition that a run is in the hands of its parts' owners."""
    return and_(Run.id == run_id, Run.status == "running", Run.owner.is_(None))


def _failing() -> ColumnElement[bool]:
    return Run.failure.is_not(None)


def _hold(session: Session, run_id: int) -> None:
    """Wait until nobody else ends a part of the run, and keep others waiting until the commit."""
    held = select(Run.id).where(Run.id == run_id).with_for_update(key_share=True)
    session.execute(held)


def _drop_queued(session: Session, run_id: int) -> None:
    queued = update(Part).where(Part.run_id == run_id, Part.status == "queued")
    session.execute(queued.values(status="cancelled", finished_at=clock.NOW))


def _end_with_the_last(session: Session, run_id: int) -> None:
    """End a run none of whose parts is open any more, or queue it again to be closed."""
    of_run = Part.run_id == run_id
    open_ones = of_run, Part.status.in_(("queued", "running"))
    if session.scalar(select(Part.id).where(*open_ones).limit(1)) is not None:
        return
    done, total = session.execute(
        select(func.sum(Part.done), func.sum(Part.total)).where(of_run)
    ).one()
    failure = _failure_of(session, run_id)
    cancelled = session.scalar(select(Run.cancel_requested).where(Run.id == run_id))
    state: dict[str, Any] = {"done": done, "total": total}
    if failure or cancelled:
        status = "cancelled" if cancelled else "failed"
        state |= {"status": status, "failure": failure, "finished_at": clock.NOW}
    else:
        state |= {"status": "queued"}
    ours = changed_one(session, update(Run).where(_shared(run_id)).values(**state))
    if ours and (failure or cancelled):
        forget(session, run_id)
        kind = session.scalar(select(Run.kind).where(Run.id == run_id))
        announce(session, RUN_ENDED, run=run_id, kind=kind, status=state["status"])


def _failure_of(session: Session, run_id: int) -> dict[str, str] | None:
    """Return why a run fails: for what stopped it, or for the first part that failed alone."""
    stopped = session.scalar(select(Run.failure).where(Run.id == run_id))
    failed = Part.run_id == run_id, Part.failure.is_not(None)
    first = select(Part.failure).where(*failed).order_by(Part.number).limit(1)
    return stopped or session.scalar(first)
