"""Starting, following and cancelling runs: the page, and the same as JSON."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app import credentials, errors, not_read, unseen_classes
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
from app.runs import again, kinds, leavings, rules, workers
from app.runs.following import in_words, standing_of, who_works
from app.runs.kinds import AnyKind
from app.runs.offers import offers
from app.runs.starting import start
from app.runs.states import AnyRun, RunState, StartForm, WantedRun, state_of
from app.settings import Settings
from app.texts import _

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["runs"])

STREAM_SECONDS = 600
"""A stream ends after this long; the browser then opens another by itself."""
POLL_SECONDS = 1.0


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
    form: Annotated[StartForm, Form()],
) -> Response:
    """Start a run of the form's kind with the values in the form, and show it."""
    try:
        kind = _startable(form.kind)
        run = start(database, settings, kind, kind.typed(form.model_extra or {}), user.id)
    except (errors.Refused, errors.Conflict) as error:
        return _list(request, database, settings, user, status=422, error=error)
    return RedirectResponse(f"/runs/{run.id}", 303)


@pages.get("/runs/{run_id}")
def run_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    run_id: Id,
) -> HTMLResponse:
    """Draw one run: progress, failure, log, and what comes next."""
    with read_only(database) as session:
        run = rules.find(session, run_id)
        kind = kinds.find(run.kind)
        standing = standing_of(session, run)
        crew = who_works(workers.standing(session))
        log = rules.log_of(session, run_id)
        labeler = session.get(ModelVersion, _labeler_of(run))
        why_not = again.why_not(session, settings, run) if run.finished_at else ""
    return render(
        request,
        "runs/run.html",
        user,
        run=run,
        kind=kind,
        standing=standing,
        pace=in_words(standing),
        crew=crew,
        log=log,
        why_not=why_not,
        unseen=unseen_classes.in_words(labeler),
        not_read=not_read.in_words(run.result),
    )


def _labeler_of(run: Run) -> int:
    """Return the labeler a run has made or used, 0 where it has to do with none."""
    if run.status != "succeeded":
        return 0
    if run.kind == kinds.SWEEP.name:
        return kinds.SWEEP.result_of(run).labeler
    if run.kind == kinds.TRAIN_LABELER.name:
        return kinds.TRAIN_LABELER.result_of(run).model_version
    return 0


@pages.post("/runs/{run_id}/again")
def run_again(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, run_id: Id
) -> Response:
    """Start a run of the same kind with the same parameters, and show it."""
    with read_only(database) as session:
        run = rules.find(session, run_id)
        why_not = again.why_not(session, settings, run)
    if run.finished_at is None or why_not:
        raise errors.Conflict(
            why_not or _("This run has not ended."),
            _("run {number}", number=run_id),
            _("Go back to the run."),
        )
    kind = kinds.find(run.kind)
    made = start(database, settings, kind, kind.parameters_of(run), user.id)
    return RedirectResponse(f"/runs/{made.id}", 303)


@pages.post("/runs/{run_id}/cancel")
def cancel_from_page(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, run_id: Id
) -> Response:
    """Ask a run to stop, and show it."""
    _cancel(database, settings, run_id, user)
    return RedirectResponse(f"/runs/{run_id}", 303)


@api.post("/runs", status_code=201, response_model=AnyRun)
def start_run(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, wanted: WantedRun
) -> RunState[Any, Any]:
    """Start a run; one of a kind at a time."""
    kind = _startable(wanted.kind)
    return state_of(start(database, settings, kind, kind.chosen_by(wanted.parameters), user.id))


def _startable(name: str) -> AnyKind:
    kind = kinds.find(name)
    if not kind.starts_alone:
        raise errors.Refused(
            _("A run of this kind cannot be started here."),
            "kind",
            _(
                "Choose one of {names}; an import is started on the page Imports.",
                names=", ".join(each.name for each in kinds.KINDS.values() if each.starts_alone),
            ),
        )
    return kind


@api.get("/runs/{run_id}", response_model=AnyRun)
def state(database: Database, user: CurrentAdmin, run_id: Id) -> RunState[Any, Any]:
    """Return a run as it stands."""
    with read_only(database) as session:
        return standing_of(session, rules.find(session, run_id))


@api.post("/runs/{run_id}/cancel", response_model=AnyRun)
def cancel(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, run_id: Id
) -> RunState[Any, Any]:
    """Ask a run to stop at its next batch; a queued one is cancelled at once."""
    _cancel(database, settings, run_id, user)
    with read_only(database) as session:
        return standing_of(session, rules.find(session, run_id))


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
        found = credentials.find(session, token, settings.idle)
    return found is not None and found.user.role == "admin"


def _look(
    database: SessionFactory, run_id: int, after: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with read_only(database) as session:
        standing = standing_of(session, rules.find(session, run_id))
        run = standing.model_dump(mode="json") | {"pace": in_words(standing)}
        run["crew"] = who_works(workers.standing(session))
        lines = [
            {"id": line.id, "at": f"{line.at:%H:%M:%S}", "text": line.text}
            for line in rules.log_of(session, run_id, after)
        ]
    return run, lines


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
        unfinished = {run.id: standing_of(session, run) for run in runs if not run.finished_at}
        crew = who_works(workers.standing(session))
        missing = [workers.in_words(resource) for resource in workers.unserved(session)]
    context |= {"standing": unfinished, "crew": crew, "missing": missing}
    active = {run.kind: run.id for run in runs if run.finished_at is None}
    context |= {"runs": runs, "active": active, "title_of": kinds.title_of}
    context["offers"] = offers(settings)
    context["language_model"] = settings.asks_language_model and settings.llm_model
    return render(request, "runs/list.html", user, status=status, **context)
