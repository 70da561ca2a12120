"""The first page: what waits for a reader, and where the round stands for an admin."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import exists, select

from app import errors
from app.acceptance import stops
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.learning import Run
from app.db.people import User
from app.db.practice import PracticeFilm
from app.dependencies import (
    CurrentAdmin,
    CurrentSettings,
    CurrentUser,
    Database,
    Figures,
    render,
)
from app.help import tours
from app.overview import rules, setup
from app.runs import doorbell
from app.runs.kinds import DRAW_SEED, OF_STEP
from app.settings import Settings
from app.worklists import diverse_seeds, items, named_lists, seeds

pages = APIRouter(include_in_schema=False)


@pages.get("/")
def first_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    figures: Figures,
    user: CurrentUser,
) -> HTMLResponse:
    """Draw what the person is here to do next."""
    return _draw(request, database, settings, figures, user)


@pages.get("/settings")
def settings_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Draw the index of what is set for the whole workspace."""
    with read_only(database) as session:
        standing = setup.setup(session)
    return render(request, "overview/settings.html", user, setup=standing)


@pages.post("/seed")
def draw_seed_set(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    figures: Figures,
    user: CurrentAdmin,
    patients: Annotated[str, Form()],
    rng: Annotated[str, Form()] = "",
    selection: Annotated[Literal["random", "diverse"], Form()] = "random",
) -> Response:
    """Draw seed patients at random, or have a run choose typical ones.

    Either way the validation split is put on its worklist.
    """
    run: Run | None = None
    try:
        asked = DRAW_SEED.typed({"patients": patients, "rng": rng})
        with database.begin() as session:
            if selection == "diverse":
                run = diverse_seeds.begin_diverse_seed(session, asked, user, settings)
            else:
                seeds.begin_seed(session, asked.patients, asked.rng, user)
    except (errors.Refused, errors.Conflict) as error:
        return _draw(request, database, settings, figures, user, status=422, error=error)
    if run is None:
        return RedirectResponse("/", 303)
    doorbell.ring(run, settings)
    return RedirectResponse(f"/runs/{run.id}", 303)


def _draw(
    request: Request,
    database: SessionFactory,
    settings: Settings,
    figures: Figures,
    user: User,
    *,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    with read_only(database) as session:
        waiting = rules.waiting(session, user.id)
        context["named"] = named_lists.to_read(session, user.id)
        if user.tour_ended_at is None:
            context["tour"] = tours.of(session, user)
        if user.role == "admin":
            context["counted"] = figures.show(session, "round", rules.standing)
            context["active"] = rules.active_runs(session)
            context["stopped"] = stops.standing(session) is not None
        else:
            context["practice"] = session.scalar(select(exists().where(PracticeFilm.image_id > 0)))
    context["weights"] = settings.weights
    context["kinds"] = OF_STEP
    context["asks"] = {parameter.name: parameter for parameter in DRAW_SEED.chosen}
    context["waiting"] = [each for each in waiting if each.images]
    context["at_most"] = items.COUNTED_AT_MOST
    return render(request, "overview/overview.html", user, status=status, **context)
