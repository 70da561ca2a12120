"""Films of both knees: the admin's page of their views, and a reader's corrections."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app import errors
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentReader, CurrentSettings, Database, render
from app.knees import corrections, views
from app.runs import doorbell
from app.viewer.films import ViewerImage, film

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["reading"])


class Correction(BaseModel):
    """What is to be true of a knee; what is left out stays as it is."""

    laterality: Literal["L", "R"] | None = None
    """Which knee the framed part of the film is."""
    line: Annotated[int | None, Field(strict=True, ge=0, le=2**31 - 1)] = None
    """The first column, or row where one knee is above the other, of the second knee."""


@api.post("/images/{image_id}/knee")
def correct_knee(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    image_id: Id,
    correction: Correction,
) -> ViewerImage:
    """Correct where a knee of a film of both is, or which one it is; return it as it is now."""
    with database.begin() as session:
        moved = corrections.correct(
            session, reader, image_id, correction.laterality, correction.line
        )
        run = corrections.require_crops(session, reader.id) if moved else None
        corrected = film(session, image_id)
    if run is not None:
        doorbell.ring(run, settings)
    return corrected


@pages.get("/both-knees")
def both_knees_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Draw which views show both knees."""
    return _draw(request, database, user)


@pages.post("/both-knees")
def add_view(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    view: Annotated[str, Form(max_length=200)] = "",
    site: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Say that films of a view show both knees."""
    try:
        with database.begin() as session:
            views.add(session, view, site, user)
    except (errors.Refused, errors.Conflict) as error:
        return _draw(request, database, user, status=422, error=error, view=view, site=site)
    return RedirectResponse("/both-knees", 303)


@pages.post("/both-knees/{view_id}/remove")
def remove_view(database: Database, user: CurrentAdmin, view_id: Id) -> RedirectResponse:
    """Take a view from the list."""
    with database.begin() as session:
        views.remove(session, view_id, user)
    return RedirectResponse("/both-knees", 303)


def _draw(
    request: Request, database: SessionFactory, user: User, *, status: int = 200, **context: object
) -> HTMLResponse:
    with read_only(database) as session:
        context |= {"named": views.every(session), **views.known(session)}
    return render(request, "knees/both.html", user, status=status, **context)
