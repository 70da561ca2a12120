"""The page of what is fetched from a PACS, and the same for programs.

Nothing is fetched here: the web process reaches no PACS. A run does, on a worker that may.
"""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from app import scopes
from app.db.engine import read_only
from app.db.learning import Run
from app.dependencies import CurrentAdmin, CurrentSettings, Database, render
from app.pacs.web_server import without_secrets
from app.pulling import rules
from app.pulling.wording import Said, said_of
from app.runs.kinds import TRY_PACS
from app.runs.starting import start

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix=scopes.API, tags=["pull"])
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class StepOfTrial(BaseModel):
    """What one step of a trial has shown.

    `works` says that the PACS does as it should; `copes`, that a pull gets by without it.
    """

    model_config = ConfigDict(from_attributes=True)

    step: str
    title: str
    verdict: str
    works: bool = Field(validation_alias="good")
    copes: bool = Field(validation_alias="lame")
    words: str


class TrialState(BaseModel):
    """The latest trial of the PACS: a run of the kind `try_pacs`."""

    run: int
    status: Status
    ended_at: datetime | None
    failure: dict[str, str] | None
    steps: list[StepOfTrial]


class PullState(BaseModel):
    """The PACS that films are fetched from, empty where none is set, and what is known of it."""

    address: str
    trial: TrialState | None


@pages.get("/pull")
def pull_page(
    request: Request, database: Database, settings: CurrentSettings, user: CurrentAdmin
) -> HTMLResponse:
    """Draw what the PACS can do, and what was fetched."""
    with read_only(database) as session:
        trial = rules.latest_trial(session)
    return render(
        request,
        "pulling/pull.html",
        user,
        address=without_secrets(settings.pull_from),
        trial=trial,
        steps=_steps(trial),
    )


@pages.post("/pull/try")
def try_the_pacs(database: Database, settings: CurrentSettings, user: CurrentAdmin) -> Response:
    """Have the PACS be tried, and show how that goes."""
    return RedirectResponse(f"/runs/{start(database, settings, TRY_PACS, {}, user.id).id}", 303)


@api.get("/pull")
def get_pull(database: Database, settings: CurrentSettings, user: CurrentAdmin) -> PullState:
    """Say which PACS films are fetched from, and what its latest trial has shown.

    `POST /api/v1/runs` with the kind `try_pacs` tries it.
    """
    with read_only(database) as session:
        trial = rules.latest_trial(session)
    return PullState(address=without_secrets(settings.pull_from), trial=trial and _trial(trial))


def _steps(trial: Run | None) -> list[Said]:
    if trial is None or trial.status != "succeeded":
        return []
    found = TRY_PACS.result_of(trial).steps
    return [said_of(each.step, each.verdict, dict(each.values)) for each in found]


def _trial(trial: Run) -> TrialState:
    steps: list[Any] = [StepOfTrial.model_validate(each) for each in _steps(trial)]
    return TrialState(
        run=trial.id,
        status=trial.status,
        ended_at=trial.finished_at,
        failure=trial.failure,
        steps=steps,
    )
