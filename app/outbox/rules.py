"""The outbox as an admin sees it: how much is where, what it is, and sending again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.db.changes import changed
from app.db.people import User
from app.db.write_back import Outgoing, OutgoingReport, OutgoingSelection
from app.outbox.due import REPORTS, SELECTIONS, Kind
from app.outgoing import tries
from app.texts import _

State = Literal["waiting", "sent", "refused", "given_up", "outdated", "taken_back"]
"""Where something stands. What was sent is also `taken_back` when what it says holds no more."""
STATES: tuple[State, ...] = get_args(State)
Stopped = Literal["refused", "given_up"]
SHOWN = 50
What = Literal["reports", "selections"]
OF: dict[What, Kind] = {"reports": REPORTS, "selections": SELECTIONS}
Listed = Sequence[tuple[Any, bool]]
"""Rows of one kind, each with whether it was sent and holds no more."""


@dataclass(frozen=True)
class Place:
    """What is listed: in one state or all, before a number or from the newest on."""

    state: State | None = None
    before: int | None = None
    most: int = SHOWN


def counts(session: Session, kind: Kind = REPORTS) -> dict[State, int]:
    """Return how many of a kind are in each state."""
    found = select(kind.table.status, func.count()).group_by(kind.table.status)
    of_status = dict(session.execute(found).all())
    back = select(func.count()).select_from(kind.table).where(kind.taken_back())
    of_status["taken_back"] = session.scalar(back) or 0
    return {state: of_status.get(state, 0) for state in STATES}


def listed(session: Session, place: Place, kind: Kind = REPORTS) -> Listed:
    """Return what there is of a kind, the newest first."""
    query = select(kind.table, kind.taken_back())
    if place.state == "taken_back":
        query = query.where(kind.taken_back())
    elif place.state is not None:
        query = query.where(kind.table.status == place.state)
    if place.before is not None:
        query = query.where(kind.table.id < place.before)
    rows = session.execute(query.order_by(kind.table.id.desc()).limit(place.most))
    return [(row, bool(back)) for row, back in rows]


def send_again(session: Session, report_id: int, by: User) -> OutgoingReport:
    """Have a report be tried anew, at once; it keeps its UID, so the PACS has it once.

    Raises:
        errors.NotFound: there is none.
        errors.Conflict: it is waiting, or a later decision has taken its place.
    """
    report = session.get(OutgoingReport, report_id)
    where = _("report {number}", number=report_id)
    if report is None:
        raise errors.NotFound(_("There is no such report."), where, _("Reload the list."))
    if not _sent_again(session, REPORTS, report, where):
        raise errors.Conflict(
            _("The image has another label by now, or none."),
            where,
            _("Its present label, if it has one, is sent in a report of its own."),
        )
    record(session, by, "send report again", f"report {report_id}", image=report.image_id)
    return report


def send_selection_again(session: Session, selection_id: int, by: User) -> OutgoingSelection:
    """Have a selection be tried anew, at once; it keeps its UID, so the PACS has it once.

    Raises:
        errors.NotFound: there is none.
        errors.Conflict: it is waiting, or one of its films has another label by now, or is gone.
    """
    selection = session.get(OutgoingSelection, selection_id)
    where = _("selection {number}", number=selection_id)
    if selection is None:
        raise errors.NotFound(_("There is no such selection."), where, _("Reload the list."))
    if not _sent_again(session, SELECTIONS, selection, where):
        raise errors.Conflict(
            _("One of its films has another label by now, or is gone."),
            where,
            _("Send the worst errors from the page of the evaluation again."),
        )
    of = f"evaluation {selection.evaluation_id}"
    record(session, by, "send selection again", f"selection {selection_id}", of=of)
    return selection


def send_all_again(session: Session, state: Stopped, by: User, what: What = "reports") -> int:
    """Have all of a kind be tried anew that the PACS refused, or that were given up.

    Returns:
        how many.
    """
    kind = OF[what]
    count = _renew(session, kind, kind.table.status == state)
    if count:
        action = "send reports again" if what == "reports" else "send selections again"
        record(session, by, action, what, state=state, count=count)
    return count


def _sent_again(session: Session, kind: Kind, row: Outgoing, where: str) -> bool:
    """Have one row be tried anew; return False where what it says holds no more.

    Raises:
        errors.Conflict: it is waiting.
    """
    if row.status == "waiting":
        raise errors.Conflict(
            _("It waits to be sent already."), where, _("Reload the list in a moment.")
        )
    renewed = bool(_renew(session, kind, kind.table.id == row.id))
    session.refresh(row)
    return renewed


def _renew(session: Session, kind: Kind, which: ColumnElement[bool]) -> int:
    ended = kind.table.status.in_(("sent", "refused", "given_up"))
    again = update(kind.table).where(which, ended, kind.stands()).values(tries.ANEW)
    return changed(session, again)
