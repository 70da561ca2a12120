"""The first page: what waits for a reader, and where the round stands for an admin."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import errors
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.dependencies import CurrentAdmin, CurrentUser, Database, render
from app.overview import rules

pages = APIRouter(include_in_schema=False)


@pages.get("/")
def first_page(request: Request, database: Database, user: CurrentUser) -> HTMLResponse:
    """Draw what the person is here to do next."""
    return _draw(request, database, user)


@pages.post("/seed")
def draw_seed_set(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    patients: Annotated[int, Form(ge=1, le=10_000_000)],
    rng: Annotated[int, Form(ge=0, lt=2**32)] = 0,
) -> Response:
    """Draw seed patients, and put the validation split on its worklist."""
    try:
        with database.begin() as session:
            rules.begin_seed(session, patients, rng, user)
    except errors.Refused as error:
        return _draw(request, database, user, status=422, error=error)
    return RedirectResponse("/", 303)


def _draw(
    request: Request, database: SessionFactory, user: User, *, status: int = 200, **context: object
) -> HTMLResponse:
    with read_only(database) as session:
        waiting = rules.waiting(session)
        context["round"] = rules.standing(session) if user.role == "admin" else None
    context["waiting"] = [each for each in waiting if each.images]
    return render(request, "overview/overview.html", user, status=status, **context)
