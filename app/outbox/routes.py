"""The page of the outbox, and the same for programs."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from app import scopes
from app.db.engine import read_only
from app.db.tables import Id
from app.db.write_back import Outgoing, OutgoingReport, OutgoingSelection
from app.dependencies import CurrentAdmin, CurrentSettings, Database, render
from app.outbox import answers, rules
from app.outbox.due import SELECTIONS
from app.outbox.rules import Place, State, Stopped, What
from app.outgoing import tries
from app.pacs.web_server import without_secrets
from app.texts import _

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix=scopes.API, tags=["outbox"])

MOST_LISTED = 200
Most = Annotated[int, Query(ge=1, le=MOST_LISTED)]


class Way(BaseModel):
    """How an object's way to the PACS fares.

    `answer_status` is the status of the C-STORE at the last try, or the reason that a DICOMweb
    server gave; `answer` says in words what it means, or why there was none. `taken_back` says that
    it was sent, and that what it says does not hold any more.
    """

    id: int
    uid: str | None
    status: State
    taken_back: bool
    attempts: int
    destination: str
    tried_at: datetime | None
    next_try_at: datetime | None
    answer_status: int | None
    answer: str


class ReportState(Way):
    """A structured report of one decision on its way. What was decided is not told here."""

    image: int
    number: int
    decided_at: datetime


class SelectionState(Way):
    """A Key Object Selection on its way: of which evaluation, and how many films it shows."""

    evaluation: int
    films: int
    asked_at: datetime


class Selections(BaseModel):
    """How many selections are in each state, and some of them, the newest first.

    `next` is what `before` has to be for those that follow; null where there are none.
    """

    counts: dict[State, int]
    selections: list[SelectionState]
    next: int | None


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
    """What is to be sent again."""

    state: Stopped


class SentAgain(BaseModel):
    """How many reports are to be sent again."""

    reports: int


class SelectionsAgain(BaseModel):
    """How many selections are to be sent again."""

    selections: int


@pages.get("/outbox")
def outbox_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    what: What = "reports",
    state: State | None = None,
    before: Id | None = None,
) -> HTMLResponse:
    """Draw what the PACS was sent, and what waits."""
    place, kind = Place(state, before), rules.OF[what]
    with read_only(database) as session:
        counted = rules.counts(session, kind)
        listed = rules.listed(session, place, kind)
    return render(
        request,
        "outbox/outbox.html",
        user,
        destination=without_secrets(settings.write_back_to),
        keyed=bool(settings.write_back_key),
        counts=counted,
        listed=listed,
        what=what,
        state=state,
        before=before,
        earlier=_next(listed, place.most),
        answer_of=_answer,
        most_tries=tries.most(),
    )


@pages.post("/outbox/again")
def send_all_again(
    database: Database,
    user: CurrentAdmin,
    state: Annotated[Stopped, Form()],
    what: Annotated[What, Form()] = "reports",
) -> Response:
    """Have all of a kind be tried anew that are in a state."""
    with database.begin() as session:
        rules.send_all_again(session, state, user, what)
    return RedirectResponse(f"/outbox?what={what}&state=waiting", 303)


@pages.post("/outbox/{report_id}/again")
def send_again(database: Database, user: CurrentAdmin, report_id: Id) -> Response:
    """Have a report be tried anew."""
    with database.begin() as session:
        rules.send_again(session, report_id, user)
    return RedirectResponse("/outbox", 303)


@pages.post("/outbox/selections/{selection_id}/again")
def send_selection_again(database: Database, user: CurrentAdmin, selection_id: Id) -> Response:
    """Have a selection be tried anew."""
    with database.begin() as session:
        rules.send_selection_again(session, selection_id, user)
    return RedirectResponse("/outbox?what=selections", 303)


@api.get("/outbox")
def list_outbox(
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    state: State | None = None,
    before: Id | None = None,
    most: Most = rules.SHOWN,
) -> Outbox:
    """List structured reports on their way to the PACS; `before` is the number of one."""
    with read_only(database) as session:
        listed = rules.listed(session, Place(state, before, most))
        return Outbox(
            destination=without_secrets(settings.write_back_to),
            counts=rules.counts(session),
            reports=[_report(report, back) for report, back in listed],
            next=_next(listed, most),
        )


@api.get("/outbox/selections")
def list_selections(
    database: Database,
    user: CurrentAdmin,
    state: State | None = None,
    before: Id | None = None,
    most: Most = rules.SHOWN,
) -> Selections:
    """List Key Object Selections on their way to the PACS; `before` is the number of one."""
    with read_only(database) as session:
        listed = rules.listed(session, Place(state, before, most), SELECTIONS)
        return Selections(
            counts=rules.counts(session, SELECTIONS),
            selections=[_selection(each, back) for each, back in listed],
            next=_next(listed, most),
        )


@api.post("/outbox/again", status_code=202)
def send_all_again_by_api(database: Database, user: CurrentAdmin, wanted: Again) -> SentAgain:
    """Have all reports be tried anew that the PACS refused, or that were given up."""
    with database.begin() as session:
        return SentAgain(reports=rules.send_all_again(session, wanted.state, user))


@api.post("/outbox/selections/again", status_code=202)
def send_all_selections_again_by_api(
    database: Database, user: CurrentAdmin, wanted: Again
) -> SelectionsAgain:
    """Have all selections be tried anew that the PACS refused, or that were given up."""
    with database.begin() as session:
        count = rules.send_all_again(session, wanted.state, user, "selections")
        return SelectionsAgain(selections=count)


@api.post("/outbox/{report_id}/again", status_code=202)
def send_again_by_api(database: Database, user: CurrentAdmin, report_id: Id) -> ReportState:
    """Have a report be tried anew, at once. It keeps its UID, so the PACS has it once."""
    with database.begin() as session:
        return _report(rules.send_again(session, report_id, user), False)


@api.post("/outbox/selections/{selection_id}/again", status_code=202)
def send_selection_again_by_api(
    database: Database, user: CurrentAdmin, selection_id: Id
) -> SelectionState:
    """Have a selection be tried anew, at once. It keeps its UID, so the PACS has it once."""
    with database.begin() as session:
        return _selection(rules.send_selection_again(session, selection_id, user), False)


def _next(listed: rules.Listed, most: int) -> int | None:
    return listed[-1][0].id if len(listed) == most else None


def _answer(row: Outgoing) -> str:
    """Return what the last try brought, in words; empty where it was stored, or there was none."""
    if row.fault:
        return _(answers.FAULTS[row.fault])
    if row.answer_status is None or answers.is_stored(row.answer_status):
        return ""
    return answers.in_words(row.answer_status)


def _way(row: Outgoing, taken_back: bool) -> dict[str, Any]:
    same = "id", "uid", "status", "attempts", "destination", "tried_at", "answer_status"
    return {name: getattr(row, name) for name in same} | {
        "taken_back": taken_back,
        "next_try_at": row.due_at if row.status == "waiting" else None,
        "answer": _answer(row),
    }


def _report(report: OutgoingReport, taken_back: bool) -> ReportState:
    return ReportState(
        **_way(report, taken_back),
        image=report.image_id,
        number=report.number,
        decided_at=report.decided_at,
    )


def _selection(selection: OutgoingSelection, taken_back: bool) -> SelectionState:
    return SelectionState(
        **_way(selection, taken_back),
        evaluation=selection.evaluation_id,
        films=selection.films,
        asked_at=selection.created_at,
    )
