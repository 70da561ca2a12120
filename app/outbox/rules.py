"""The outbox as an admin sees it: how many reports are where, which, and sending again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from app import errors
from app.audit import record
from app.db import clock
from app.db.changes import changed
from app.db.people import User
from app.db.reading import ReferenceLabel
from app.db.write_back import OutgoingReport
from app.outbox.due import stands
from app.texts import _

State = Literal["waiting", "sent", "refused", "given_up", "outdated", "taken_back"]
"""Where a report stands. One that was sent is also `taken_back` when its image has no label now."""
STATES: tuple[State, ...] = get_args(State)
Stopped = Literal["refused", "given_up"]
SHOWN = 50
Listed = Sequence[tuple[OutgoingReport, bool]]
"""Reports, each with whether its label was taken back after it was sent."""


@dataclass(frozen=True)
class Place:
    """What is listed: reports in one state or all, before a number or from the newest on."""

    state: State | None = None
    before: int | None = None
    most: int = SHOWN


def counts(session: Session) -> dict[State, int]:
    """Return how many reports are in each state."""
    found = select(OutgoingReport.status, func.count()).group_by(OutgoingReport.status)
    of_status = dict(session.execute(found).all())
    back = select(func.count()).select_from(OutgoingReport).where(is_taken_back())
    of_status["taken_back"] = session.scalar(back) or 0
    return {state: of_status.get(state, 0) for state in STATES}


def listed(session: Session, place: Place) -> Listed:
    """Return reports, the newest first."""
    query = select(OutgoingReport, is_taken_back())
    if place.state == "taken_back":
        query = query.where(is_taken_back())
    elif place.state is not None:
        query = query.where(OutgoingReport.status == place.state)
    if place.before is not None:
        query = query.where(OutgoingReport.id < place.before)
    rows = session.execute(query.order_by(OutgoingReport.id.desc()).limit(place.most))
    return [(report, bool(back)) for report, back in rows]


def is_taken_back() -> ColumnElement[bool]:
    """Return the condition that a report was sent, the last on its image, which has no label now.

    The PACS still tells its readers of a label that is no more.
    """
    later = aliased(OutgoingReport)
    replaced = exists().where(
        later.image_id == OutgoingReport.image_id,
        later.number > OutgoingReport.number,
        later.status.in_(("waiting", "sent")),
    )
    labelled = exists().where(ReferenceLabel.image_id == OutgoingReport.image_id)
    sent: ColumnElement[bool] = OutgoingReport.status == "sent"
    return sent & ~labelled & ~replaced


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
    if report.status == "waiting":
        raise errors.Conflict(
            _("It waits to be sent already."), where, _("Reload the list in a moment.")
        )
    if not _renew(session, OutgoingReport.id == report_id, _may_go_again()):
        raise errors.Conflict(
            _("The image has another label by now, or none."),
            where,
            _("Its present label, if it has one, is sent in a report of its own."),
        )
    record(session, by, "send report again", f"report {report_id}", image=report.image_id)
    session.refresh(report)
    return report


def send_all_again(session: Session, state: Stopped, by: User) -> int:
    """Have all reports be tried anew that the PACS refused, or that were given up.

    Returns:
        how many.
    """
    count = _renew(session, OutgoingReport.status == state, _may_go_again())
    if count:
        record(session, by, "send reports again", "reports", state=state, count=count)
    return count


def _may_go_again() -> ColumnElement[bool]:
    return OutgoingReport.status.in_(("sent", "refused", "given_up")) & stands()


def _renew(session: Session, *conditions: ColumnElement[bool]) -> int:
    anew = {"status": "waiting", "attempts": 0, "due_at": clock.NOW, "ended_at": None}
    return changed(session, update(OutgoingReport).where(*conditions).values(anew))
