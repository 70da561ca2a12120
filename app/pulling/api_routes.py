"""What the page of what is fetched from a PACS says, for programs."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app import scopes
from app.db.engine import read_only
from app.db.learning import Run
from app.dependencies import CurrentAdmin, CurrentSettings, Database
from app.pacs.web_server import without_secrets
from app.pulling import rules
from app.pulling.routes import steps_of
from app.runs.pull_parameters import PullParameters

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


class PullOfFilms(BaseModel):
    """A run of the kind `pull`, and what became of how many studies and objects so far.

    The keys of `counts` are those of the documentation: `listed`, `received`, `here`, ...
    """

    run: int
    status: Status
    ended_at: datetime | None
    failure: dict[str, str] | None
    asked: PullParameters
    counts: dict[str, int]


class PullState(BaseModel):
    """The PACS that films are fetched from, empty where none is set, and what is known of it."""

    address: str
    trial: TrialState | None
    count: PullOfFilms | None = Field(description="The latest that only counts.")
    pull: PullOfFilms | None = Field(description="The latest that fetches.")


@api.get("/pull")
def get_pull(database: Database, settings: CurrentSettings, user: CurrentAdmin) -> PullState:
    """Say which PACS films are fetched from, what it can do, and how the latest pull goes.

    `POST /api/v1/runs` with the kind `try_pacs` tries it, with the kind `pull` counts or fetches.
    """
    with read_only(database) as session:
        trial = rules.latest_trial(session)
        count, pull = rules.latest(session, True), rules.latest(session, False)
    return PullState(
        address=without_secrets(settings.pull_from),
        trial=trial and _trial(trial),
        count=count and _pull(count),
        pull=pull and _pull(pull),
    )


def _trial(trial: Run) -> TrialState:
    steps: list[Any] = [StepOfTrial.model_validate(each) for each in steps_of(trial)]
    return TrialState(**_ended(trial), steps=steps)


def _pull(standing: rules.Standing) -> PullOfFilms:
    return PullOfFilms(**_ended(standing.run), asked=standing.asked, counts=dict(standing.counts))


def _ended(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "status": run.status,
        "ended_at": run.finished_at,
        "failure": run.failure,
    }
