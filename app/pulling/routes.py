"""The page of what is fetched from a PACS.

Nothing is fetched here: the web process reaches no PACS. A run does, on a worker that may.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from app import errors
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.learning import Run
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentSettings, Database, render
from app.pacs.web_server import without_secrets
from app.pulling import rules, tallies
from app.pulling.wording import Said, said_of
from app.runs.kinds import PULL, TRY_PACS
from app.runs.starting import start
from app.settings import Settings
from app.texts import _

pages = APIRouter(include_in_schema=False)
PROPOSED = {"modalities": "CR, DX", "body_part": "KNEE"}
"""What the form holds where nobody has asked for anything yet."""


class PullForm(BaseModel):
    """A form that names parameters of a pull, which `Kind.typed` reads."""

    model_config = ConfigDict(extra="allow")

    csrf_token: str = ""


@pages.get("/pull")
def pull_page(
    request: Request, database: Database, settings: CurrentSettings, user: CurrentAdmin
) -> HTMLResponse:
    """Draw what the PACS can do, what was counted, and what was fetched."""
    return _page(request, database, settings, user)


@pages.post("/pull/try")
def try_the_pacs(database: Database, settings: CurrentSettings, user: CurrentAdmin) -> Response:
    """Have the PACS be tried, and show how that goes."""
    return RedirectResponse(f"/runs/{start(database, settings, TRY_PACS, {}, user.id).id}", 303)


@pages.post("/pull/count")
def count_films(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    form: Annotated[PullForm, Form()],
) -> Response:
    """Have studies be counted, and show how that goes."""
    typed = {name: str(value) for name, value in (form.model_extra or {}).items()}
    try:
        asked = PULL.typed(typed).model_copy(update={"count_only": True})
        run = start(database, settings, PULL, asked, user.id)
    except (errors.Refused, errors.Conflict) as error:
        return _page(request, database, settings, user, status=422, error=error, values=typed)
    return RedirectResponse(f"/runs/{run.id}", 303)


@pages.post("/pull/fetch")
def fetch_films(
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    counted: Annotated[Id, Form()],
) -> Response:
    """Have the films of studies that were counted be fetched, and show how that goes."""
    with read_only(database) as session:
        asked = rules.counted(session, counted)
    return RedirectResponse(f"/runs/{start(database, settings, PULL, asked, user.id).id}", 303)


def steps_of(trial: Run | None) -> list[Said]:
    """Return what a trial has shown, in the language of the page; nothing where it did not end."""
    if trial is None or trial.status != "succeeded":
        return []
    found = TRY_PACS.result_of(trial).steps
    return [said_of(each.step, each.verdict, dict(each.values)) for each in found]


def _page(
    request: Request,
    database: SessionFactory,
    settings: Settings,
    user: User,
    *,
    status: int = 200,
    error: errors.CondyleError | None = None,
    values: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    with read_only(database) as session:
        trial = rules.latest_trial(session)
        count, pull = rules.latest(session, True), rules.latest(session, False)
    both = [each for each in (count, pull) if each is not None]
    newest = max(both, key=lambda each: each.run.id, default=None)
    return render(
        request,
        "pulling/pull.html",
        user,
        status=status,
        error=error,
        address=without_secrets(settings.pull_from),
        trial=trial,
        steps=steps_of(trial),
        count=count,
        pull=pull,
        active=newest.run if newest and newest.run.finished_at is None else None,
        asked=_in_words(count) if count else [],
        values=values or (_values(newest) if newest else PROPOSED),
        form={each.name: each for each in PULL.chosen},
        tallies=tallies,
    )


def _values(standing: rules.Standing) -> dict[str, Any]:
    """Return what a pull was asked for, as the form holds it."""
    asked = standing.asked.model_dump(mode="json", exclude_none=True)
    return asked | {"modalities": ", ".join(standing.asked.modalities)}


def _in_words(standing: rules.Standing) -> list[tuple[str, str]]:
    """Return what was asked for, but for how."""
    hidden = {_title("count_only"), _title("requests_per_second"), _title("at_once")}
    return [pair for pair in PULL.asked_of(standing.run) if pair[0] not in hidden]


def _title(name: str) -> str:
    return _(next(each.title for each in PULL.takes if each.name == name))
