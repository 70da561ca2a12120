"""Acceptance is stopped where audits say that the labeler errs too often, until an admin lifts it.

Reading on arrival goes on: it accepts nothing, and its audit is what says whether it is better.
"""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import errors
from app.acceptance import stops
from app.acceptance.audits import decide_lot
from app.announcing import MONITOR_STOPPED, announce
from app.audit import record
from app.db.changes import changed_one
from app.db.clock import moment
from app.db.engine import Database, read_only
from app.db.learning import Lot, Sweep
from app.db.monitor import AcceptanceStop
from app.db.people import User
from app.monitor import audits, months
from app.monitor.audits import Drawn, Evidence
from app.sweeps import latest_sweep
from app.texts import _
from app.workspace import locked_workspace


def evidence(session: Session, sweep: Sweep, drawn: Sequence[Drawn]) -> Evidence | None:
    """Return what speaks most strongly against the labeler of a sweep; None where nothing does.

    Args:
        session: a unit of work.
        sweep: the latest.
        drawn: in the last twelve months.
    """
    looked_at = months.latest(moment(session))
    since = max(audits.window(session) or looked_at[0].begin, looked_at[0].begin)
    mine = [film for film in drawn if film.labeler_id == sweep.labeler_id]
    return audits.strongest(mine, looked_at, since, sweep.tolerated_error)


def look(database: Database) -> AcceptanceStop | None:
    """Stop acceptance where it is due, and return the stop; of several that look one stops it."""
    with read_only(database) as session:
        if _due(session) is None:
            return None
    with database.begin() as session:
        return stop_where_due(session)


def stop_where_due(session: Session) -> AcceptanceStop | None:
    """Stop acceptance where it is due, and return the stop; None where it is not, or stopped."""
    locked_workspace(session)
    due = _due(session)
    return None if due is None else _stop(session, *due)


def lift(session: Session, stop_id: int, reason: str, by: User) -> AcceptanceStop:
    """Let acceptance go on: lots whose samples were read meanwhile are decided.

    What had arrived before does not count against the labeler any more.

    Args:
        session: an open unit of work.
        stop_id: the stop that the admin has looked at.
        reason: why, in their words.
        by: the admin.

    Raises:
        errors.Refused: there is no reason.
        errors.NotFound: there is no such stop.
        errors.Conflict: it is lifted already.
    """
    if not reason.strip():
        raise errors.Refused(
            _("Letting acceptance go on needs a reason."), "reason", _("Give a short reason.")
        )
    # In this order, as an audit read does: lots first, then the workspace.
    lots = select(Lot).where(Lot.status == "auditing").order_by(Lot.id).with_for_update()
    waiting = session.scalars(lots.execution_options(populate_existing=True)).all()
    locked_workspace(session)
    lifted = {"lifted_at": moment(session), "lifted_by": by.id, "reason": reason.strip()}
    mine = update(AcceptanceStop).where(AcceptanceStop.id == stop_id, AcceptanceStop.standing)
    if not changed_one(session, mine.values(standing=False, **lifted)):
        raise _not_standing(session, stop_id)
    record(session, by, "let acceptance go on", f"stop {stop_id}", reason=reason.strip())
    for lot in waiting:
        decide_lot(session, lot)
    return session.get_one(AcceptanceStop, stop_id, populate_existing=True)


def _due(session: Session) -> tuple[Sweep, Evidence] | None:
    sweep = latest_sweep(session)
    if sweep is None or stops.standing(session) is not None:
        return None
    first = months.latest(moment(session))[0].begin
    found = evidence(session, sweep, audits.drawn(session, first))
    return (sweep, found) if found is not None and found.enough else None


def _stop(session: Session, sweep: Sweep, found: Evidence) -> AcceptanceStop:
    figures = {"audited": found.audited, "wrong": found.wrong, "at_least": found.at_least}
    stop = AcceptanceStop(
        labeler_id=sweep.labeler_id,
        since=found.since,
        tolerated_error=sweep.tolerated_error,
        **figures,
    )
    session.add(stop)
    session.flush()
    record(
        session,
        None,
        "stop acceptance",
        f"stop {stop.id}",
        labeler=sweep.labeler_id,
        since=found.since.isoformat(),
        tolerated_error=sweep.tolerated_error,
        **figures,
    )
    announce(session, MONITOR_STOPPED, stop=stop.id, labeler=sweep.labeler_id, sweep=sweep.id)
    return stop


def _not_standing(session: Session, stop_id: int) -> errors.CondyleError:
    where = _("stop {number}", number=stop_id)
    if session.get(AcceptanceStop, stop_id) is None:
        return errors.NotFound(_("There is no such stop."), where, _("Reload Monitor."))
    return errors.Conflict(
        _("Acceptance goes on already: this stop was lifted."), where, _("Reload Monitor.")
    )
