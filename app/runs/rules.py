"""Background jobs as rows: request, claim, beat, report, cancel, finish, take over.

The states are in the docstring of `app.db.learning.Run`. Each transition is one conditional
UPDATE: whoever changes no row has lost the race and does nothing.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import errors
from app.announcing import RUN_ENDED, announce
from app.audit import record
from app.db import clock
from app.db.changes import changed_one
from app.db.learning import Run, RunLogLine
from app.db.tables import storable
from app.db.work import DecodedBatch, ImportTally, Part
from app.runs import kinds, parts
from app.runs.declaring import Kind, P, R
from app.runs.kinds import AnyKind
from app.texts import _


def request(
    session: Session,
    kind: str | Kind[P, R],
    parameters: P | Mapping[str, Any],
    user_id: int | None = None,
) -> Run:
    """Queue a run; the shell commits, then rings the worker. The one door for every run.

    Args:
        session: an open unit of work.
        kind: the kind, or its name.
        parameters: what the run is to do: as the kind declares them, or values of JSON by name,
            which are checked.
        user_id: who asked, None for the command line.

    Returns:
        The new row, with its id.

    Raises:
        errors.Refused: there is no such kind of run, a parameter is unknown or wrong, or a path
            cannot be written on a page.
        errors.Conflict: a run of this kind is queued or running.
    """
    kind = kinds.find(kind) if isinstance(kind, str) else kind
    asked = kind.checked(parameters).model_dump(mode="json")
    written = json.dumps(asked, ensure_ascii=False)
    if storable(written) != written:
        raise errors.Refused(
            _("The name of a file or folder holds letters that are not UTF-8."),
            _(kind.title),
            _("Rename it; the names of the files within do not matter."),
        )
    run = Run(kind=kind.name, parameters=asked, requested_by=user_id)
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError as error:
        active = session.scalar(select(Run.id).where(Run.kind == kind.name, _active()))
        if active is None:
            raise
        raise errors.Conflict(
            _("A run of this kind ({name}) is already active.", name=_(kind.title)),
            _("run {number}", number=active),
            _("Wait until it ends, or open it and cancel it."),
        ) from error
    record(session, user_id, f"request {kind.name}", f"run {run.id}")
    return run


def find(session: Session, run_id: int) -> Run:
    """Return a run, or raise `errors.NotFound`."""
    run = session.get(Run, run_id)
    if run is None:
        raise errors.NotFound(
            _("There is no run {number}.", number=run_id), "", _("Look for it in the list of runs.")
        )
    return run


def recent(session: Session, limit: int = 50) -> Sequence[Run]:
    """Return the newest runs, newest first."""
    return session.scalars(select(Run).order_by(Run.id.desc()).limit(limit)).all()


def succeeded_before(session: Session, kind: AnyKind, run_id: int) -> Sequence[Run]:
    """Return the runs of a kind whose results a run may use: those ended when it was begun.

    What ends later changes nothing in it, so that both classifiers of a run start alike and a run
    taken up again goes on as it began.

    Args:
        session: an open unit of work.
        kind: of which kind.
        run_id: a run that has been begun.

    Returns:
        The runs, the one that ended last first.
    """
    begun = find(session, run_id).started_at
    ended = succeeded(kind).where(Run.finished_at <= begun)
    return session.scalars(ended.order_by(Run.finished_at.desc())).all()


def succeeded(kind: AnyKind) -> Select[Run]:
    """Return the query for the runs of a kind that succeeded."""
    return select(Run).where(Run.kind == kind.name, Run.status == "succeeded")


def log_of(session: Session, run_id: int, after: int = 0) -> Sequence[RunLogLine]:
    """Return the log lines of a run whose id is greater than `after`, oldest first."""
    lines = select(RunLogLine).where(RunLogLine.run_id == run_id, RunLogLine.id > after)
    return session.scalars(lines.order_by(RunLogLine.id)).all()


def cancel(session: Session, run_id: int, user_id: int | None = None) -> None:
    """Cancel a queued run at once; ask a running one to stop at its next batch.

    Raises:
        errors.NotFound: there is no such run.
        errors.Conflict: the run has ended.
    """
    run = find(session, run_id)
    record(session, user_id, "cancel", f"run {run_id}")
    if _change(
        session,
        and_(Run.id == run_id, Run.status == "queued"),
        status="cancelled",
        cancel_requested=True,
        finished_at=clock.NOW,
    ):
        parts.forget(session, run_id)
        ended = "cancelled"
        announce(session, RUN_ENDED, by=user_id, run=run_id, kind=run.kind, status=ended)
        return
    if not _change(session, and_(Run.id == run_id, Run.status == "running"), cancel_requested=True):
        raise errors.Conflict(
            _("The run has already ended."), _("run {number}", number=run_id), _("Start a new one.")
        )
    parts.cancel(session, run_id)


def end_all(session: Session, why: dict[str, str]) -> None:
    """Cancel every run that has not ended, whoever has it.

    Args:
        why: `what`, `where` and `do`, shown with each of them.
    """
    ended = {"status": "cancelled", "cancel_requested": True, "failure": why}
    ended |= {"finished_at": clock.NOW, "lease_expires_at": None}
    session.execute(update(Run).where(_active()).values(**ended))
    for table in (Part, DecodedBatch, ImportTally):
        session.execute(delete(table))


def claim(session: Session, run_id: int, owner: str, lease: timedelta) -> bool:
    """Make a queued run, or a running one whose worker is gone, the owner's.

    Whose lease has run out is told by the database's clock.

    Returns:
        False where somebody else has it or it has ended: then there is nothing to do.
    """
    free = or_(Run.status == "queued", _expired())
    claimed = _change(
        session,
        and_(Run.id == run_id, free),
        status="running",
        owner=owner,
        lease_expires_at=clock.after(lease.total_seconds()),
        attempts=Run.attempts + 1,
    )
    if claimed:
        _change(session, and_(Run.id == run_id, Run.started_at.is_(None)), started_at=clock.NOW)
    return claimed


def beat(session: Session, run_id: int, owner: str, lease: timedelta) -> bool:
    """Prolong the owner's lease. False where the run is no longer the owner's."""
    prolonged = clock.after(lease.total_seconds())
    return _change(session, _owned(run_id, owner), lease_expires_at=prolonged)


def report(session: Session, run_id: int, owner: str, done: int, total: int, message: str) -> bool:
    """Record progress. False where the run is no longer the owner's."""
    return _change(session, _owned(run_id, owner), done=done, total=total, message=message)


def got_on(session: Session, run_id: int) -> None:
    """Count its workers anew: what takes down the next is not the fault of what is done by now.

    Args:
        session: of the owner's transaction.
        run_id: a run that may take days, and has got on.
    """
    _change(session, and_(Run.id == run_id, Run.attempts > 1), attempts=1)


def write_log(session: Session, run_id: int, line: str) -> None:
    """Add a line to a run's log. Never patient data."""
    session.add(RunLogLine(run_id=run_id, text=line))


def finish(
    session: Session,
    run_id: int,
    owner: str,
    status: str,
    result: dict[str, Any] | None = None,
    failure: dict[str, str] | None = None,
) -> bool:
    """End a run once: `succeeded`, `failed` or `cancelled`. False where it is not the owner's."""
    ended = _change(
        session,
        _owned(run_id, owner),
        status=status,
        result=result or {},
        failure=failure,
        finished_at=clock.NOW,
        lease_expires_at=None,
    )
    if ended:
        parts.forget(session, run_id)
        announce(session, RUN_ENDED, run=run_id, kind=find(session, run_id).kind, status=status)
    return ended


def give_back(session: Session, run_id: int, owner: str) -> bool:
    """Queue a run again whose worker was told to stop; that was no death, and is not counted.

    Returns:
        False where it is not the owner's, or has ended.
    """
    return _change(
        session,
        _owned(run_id, owner),
        status="queued",
        owner=None,
        lease_expires_at=None,
        attempts=Run.attempts - 1,
    )


def waiting(session: Session) -> Sequence[Run]:
    """Return the runs a worker should be rung for: queued ones, and those whose worker is gone."""
    return session.scalars(
        select(Run).where(or_(Run.status == "queued", _expired())).order_by(Run.id)
    ).all()


def _active() -> Any:
    return Run.status.in_(("queued", "running"))


def _expired() -> Any:
    return and_(Run.status == "running", Run.lease_expires_at < clock.NOW)


def _owned(run_id: int, owner: str) -> Any:
    return and_(Run.id == run_id, Run.status == "running", Run.owner == owner)


def _change(session: Session, condition: Any, **values: Any) -> bool:
    return changed_one(session, update(Run).where(condition).values(**values))
