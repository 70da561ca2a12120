"""The page of the outbox, and the same for programs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from app import scopes
from app.db.engine import read_only
from app.db.tables import Id
from app.db.write_back import OutgoingReport
from app.dependencies import CurrentAdmin, CurrentSettings, Database, render
from app.outbox import answers, rules
from app.outbox.rules import Place, State, Stopped
from app.outgoing import tries
from app.pacs.web_server import without_secrets
from app.texts import _

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix=scopes.API, tags=["outbox"])

MOST_LISTED = 200
Before = Annotated[int | None, Query(ge=1, lt=2**31)]


class ReportState(BaseModel):
    """A structured report of one decision, and how its way to the PACS fares.

    `answer_status` is the status of the C-STORE at the last try, or the reason that a DICOMweb
    server gave; `answer` says in words what it means, or why there was none. `taken_back` says that
    it was sent and its image has no label any more. What was decided is not told here.
    """

    id: int
    image: int
    number: int
    uid: str | None
    status: State
    taken_back: bool
    attempts: int
    destination: str
    decided_at: datetime
    tried_at: datetime | None
    next_try_at: datetime | None
    answer_status: int | None
    answer: str


class Outbox(BaseModel):
    """How many reports are in each state, and some of them, the newest first.

    `destination` is the PACS they go to, empty where none is set. `next` is what `before` has to be
    for those that follow; null where there are none.
    """

    destination: str
    counts: dict[State, int]
    reports: list[ReportState]
    next: int | None


class Again(BaseModel):
    """Which reports are to be sent again."""

    state: Stopped


class SentAgain(BaseModel):
    """How many reports are to be sent again."""

    reports: int


@pages.get("/outbox")
def outbox_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    state: State | None = None,
    before: Before = None,
) -> HTMLResponse:
    """Draw what the PACS was sent, and what waits."""
    place = Place(state, before)
    with read_only(database) as session:
        counted = rules.counts(session)
        listed = rules.listed(session, place)
    return render(
        request,
        "outbox/outbox.html",
        user,
        destination=without_secrets(settings.write_back_to),
        keyed=bool(settings.write_back_key),
        counts=counted,
        reports=listed,
        state=state,
        before=before,
        earlier=_next(listed, place.most),
        answer_of=_answer,
        most_tries=tries.most(),
    )


@pages.post("/outbox/again")
def send_all_again(
    database: Database, user: CurrentAdmin, state: Annotated[Stopped, Form()]
) -> Response:
    """Have all reports be tried anew that are in a state."""
    with database.begin() as session:
        rules.send_all_again(session, state, user)
    return RedirectResponse("/outbox?state=waiting", 303)


@pages.post("/outbox/{report_id}/again")
def send_again(database: Database, user: CurrentAdmin, report_id: Id) -> Response:
    """Have a report be tried anew."""
    with database.begin() as session:
        rules.send_again(session, report_id, user)
    return RedirectResponse("/outbox", 303)


@api.get("/outbox")
def list_outbox(
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    state: State | None = None,
    before: Before = None,
    most: Annotated[int, Query(ge=1, le=MOST_LISTED)] = rules.SHOWN,
) -> Outbox:
    """List structured reports on their way to the PACS; `before` is the number of one."""
    with read_only(database) as session:
        listed = rules.listed(session, Place(state, before, most))
        return Outbox(
            destination=without_secrets(settings.write_back_to),
            counts=rules.counts(session),
            reports=[_state(report, back) for report, back in listed],
            next=_next(listed, most),
        )


@api.post("/outbox/again", status_code=202)
def send_all_again_by_api(database: Database, user: CurrentAdmin, wanted: Again) -> SentAgain:
    """Have all reports be tried anew that the PACS refused, or that were given up."""
    with database.begin() as session:
        return SentAgain(reports=rules.send_all_again(session, wanted.state, user))


@api.post("/outbox/{report_id}/again", status_code=202)
def send_again_by_api(database: Database, user: CurrentAdmin, report_id: Id) -> ReportState:
    """Have a report be tried anew, at once. It keeps its UID, so the PACS has it once."""
    with database.begin() as session:
        return _state(rules.send_again(session, report_id, user), False)


def _next(listed: rules.Listed, most: int) -> int | None:
    return listed[-1][0].id if len(listed) == most else None


def _answer(report: OutgoingReport) -> str:
    """Return what the last try brought, in words; empty where it was stored, or there was none."""
    if report.fault:
        return _(answers.FAULTS[report.fault])
    if report.answer_status is None or answers.is_stored(report.answer_status):
        return ""
    return answers.in_words(report.answer_status)


def _state(report: OutgoingReport, taken_back: bool) -> ReportState:
    return ReportState(
        id=report.id,
        image=report.image_id,
        number=report.number,
        uid=report.uid,
        status=report.status,
        taken_back=taken_back,
        attempts=report.attempts,
        destination=report.destination,
        decided_at=report.decided_at,
        tried_at=report.tried_at,
        next_try_at=report.due_at if report.status == "waiting" else None,
        answer_status=report.answer_status,
        answer=_answer(report),
    )
