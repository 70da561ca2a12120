"""Starting, following and cancelling runs: the page, and the same as JSON."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from app import errors, log_ins, not_read, unseen_classes
from app.db.engine import Database as SessionFactory
from app.db.engine import looking_up, read_only
from app.db.learning import ModelVersion, Run
from app.db.people import User
from app.db.tables import Id
from app.dependencies import (
    CurrentAdmin,
    CurrentLogIn,
    CurrentSettings,
    Database,
    render,
    require_role,
    sent_token,
)
from app.runs import doorbell, leavings, parameters, rules
from app.settings import Settings

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["runs"])

STREAM_SECONDS = 600
"""A stream ends after this long; the browser then opens another by itself."""
POLL_SECONDS = 1.0


class Wanted(BaseModel):
    """A run to start."""

    kind: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class RunState(BaseModel):
    """A run as it stands."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: str
    status: str
    done: int
    total: int
    message: str
    cancel_requested: bool
    attempts: int
    parameters: dict[str, Any]
    failure: dict[str, str] | None
    result: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@pages.get("/runs")
def list_page(
    request: Request, database: Database, settings: CurrentSettings, user: CurrentAdmin
) -> HTMLResponse:
    """Draw the start buttons and the newest runs."""
    return _list(request, database, settings, user)


@pages.post("/runs")
def start_from_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    kind: Annotated[str, Form()],
    method: Annotated[str | None, Form()] = None,
    tolerated_percent: Annotated[float | None, Form(ge=0, le=100)] = None,
) -> Response:
    """Start a run and show it."""
    values: dict[str, Any] = {} if method is None else {"method": method}
    if tolerated_percent is not None:
        values["tolerated_error"] = tolerated_percent / 100
    try:
        run = _start(database, settings, kind, values, user)
    except (errors.Refused, errors.Conflict) as error:
        return _list(request, database, settings, user, status=422, error=error)
    return RedirectResponse(f"/runs/{run.id}", 303)


@pages.get("/runs/{run_id}")
def run_page(request: Request, database: Database, user: CurrentAdmin, run_id: Id) -> HTMLResponse:
    """Draw one run: progress, failure, log, and what comes next."""
    with read_only(database) as session:
        run = rules.find(session, run_id)
        log = rules.log_of(session, run_id)
        labeler = session.get(ModelVersion, _labeler_of(run))
    return render(
        request,
        "runs/run.html",
        user,
        run=run,
        log=log,
        unseen=unseen_classes.in_words(labeler),
        not_read=not_read.in_words(run.result),
    )


def _labeler_of(run: Run) -> int:
    """Return the labeler a run has made or used, 0 where it has to do with none."""
    name = {"train_labeler": "model_version", "sweep": "labeler"}.get(run.kind, "")
    return int(run.result.get(name, 0))


@pages.post("/runs/{run_id}/cancel")
def cancel_from_page(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, run_id: Id
) -> Response:
    """Ask a run to stop, and show it."""
    _cancel(database, settings, run_id, user)
    return RedirectResponse(f"/runs/{run_id}", 303)


@api.post("/runs", status_code=201)
def start(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, wanted: Wanted
) -> RunState:
    """Start a run; one of a kind at a time."""
    run = _start(database, settings, wanted.kind, wanted.parameters, user)
    return RunState.model_validate(run)


@api.get("/runs/{run_id}")
def state(database: Database, user: CurrentAdmin, run_id: Id) -> RunState:
    """Return a run as it stands."""
    with read_only(database) as session:
        run = rules.find(session, run_id)
    return RunState.model_validate(run)


@api.post("/runs/{run_id}/cancel")
def cancel(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, run_id: Id
) -> RunState:
    """Ask a run to stop at its next batch; a queued one is cancelled at once."""
    _cancel(database, settings, run_id, user)
    with read_only(database) as session:
        run = rules.find(session, run_id)
    return RunState.model_validate(run)


def _existing(database: Database, log_in: CurrentLogIn, run_id: Id) -> int:
    # Before the stream starts: afterwards there is no status left to say it with.
    require_role(log_in.user, "admin")
    with read_only(database) as session:
        return rules.find(session, run_id).id


@api.get("/runs/{run_id}/events", response_class=EventSourceResponse)
async def events(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    run_id: Annotated[int, Depends(_existing)],
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    last_event_id: Annotated[int | None, Header(ge=0, lt=2**31)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Stream a run's changes: each event is its state and the log lines since the last one.

    The row is read once a second in a unit of work of its own, so that no transaction stays open,
    and in a thread, so that other requests are served meanwhile. The stream ends with the log-in,
    which it does not keep in use.
    """
    token = sent_token(request, settings)
    seen = after if last_event_id is None else last_event_id
    sent: dict[str, Any] = {}
    end = time.monotonic() + STREAM_SECONDS
    while time.monotonic() < end:
        if not await run_in_threadpool(_still_admin, database, settings, token):
            return
        now, lines = await run_in_threadpool(_look, database, run_id, seen)
        if now != sent or lines:
            seen = lines[-1]["id"] if lines else seen
            yield ServerSentEvent(data={**now, "lines": lines}, event="run", id=str(seen))
            sent = now
        if now["finished_at"] is not None:
            return
        await asyncio.sleep(POLL_SECONDS)


def _still_admin(database: SessionFactory, settings: Settings, token: str) -> bool:
    with looking_up(database) as session:
        log_in = log_ins.find(session, token, settings.idle)
    return log_in is not None and log_in.user.role == "admin"


def _look(
    database: SessionFactory, run_id: int, after: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with read_only(database) as session:
        run = RunState.model_validate(rules.find(session, run_id)).model_dump(mode="json")
        lines = [
            {"id": line.id, "at": f"{line.at:%H:%M:%S}", "text": line.text}
            for line in rules.log_of(session, run_id, after)
        ]
    return run, lines


def _start(
    database: SessionFactory, settings: Settings, kind: str, values: dict[str, Any], user: User
) -> Run:
    checked = parameters.parse(kind, values)
    parameters.require_language_model(checked, settings)
    with database.begin() as session:
        run = rules.request(session, kind, checked, user.id)
    doorbell.ring(run.id, settings)
    return run


def _cancel(database: SessionFactory, settings: Settings, run_id: int, user: User) -> None:
    with database.begin() as session:
        rules.cancel(session, run_id, user.id)
    leavings.tidy(database, settings.home)  # an import that never began has nobody else to do so


def _list(
    request: Request,
    database: SessionFactory,
    settings: Settings,
    user: User,
    *,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    with read_only(database) as session:
        runs = rules.recent(session)
    active = {run.kind: run.id for run in runs if run.finished_at is None}
    context |= {"runs": runs, "active": active, "weights": settings.weights}
    context["language_model"] = settings.asks_language_model and settings.llm_model
    context["encoder"] = settings.text_encoder
    return render(request, "runs/list.html", user, status=status, **context)
