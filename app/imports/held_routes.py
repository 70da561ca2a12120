"""The page of held films: an admin looks whether they show a name, and releases or leaves out."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.db.engine import read_only
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentSettings, Database, Store, render
from app.imaging import pseudonyms
from app.imports import held

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["imports"])


@pages.get("/held")
def held_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Draw the films that wait for a look."""
    with read_only(database) as session:
        films, count = held.waiting(session)
    return render(request, "imports/held.html", user, films=films, count=count, frames=held.frames)


@api.get(
    "/held/{film_id}/films/{part}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
def picture(
    database: Database,
    store: Store,
    user: CurrentAdmin,
    film_id: Id,
    part: Annotated[int, Path(ge=0, le=1)],
) -> Response:
    """Return a held film's picture, a PNG that is kept nowhere."""
    with read_only(database) as session:
        digest = held.shown_file(session, film_id, part)
    return Response(
        store.read(digest), media_type="image/png", headers={"Cache-Control": "no-store"}
    )


@pages.post("/held/{film_id}/release")
def release(
    database: Database, settings: CurrentSettings, store: Store, user: CurrentAdmin, film_id: Id
) -> Response:
    """Give a film to readers."""
    pseudonyms.require_one_key(store, settings.home)
    key = pseudonyms.load_key(settings.home)
    with database.begin() as session:
        held.release(session, film_id, user.id, key)
    return RedirectResponse("/held", 303)


@pages.post("/held/{film_id}/leave-out")
def leave_out(database: Database, user: CurrentAdmin, film_id: Id) -> Response:
    """Leave a film out of the archive."""
    with database.begin() as session:
        held.leave_out(session, film_id, user.id)
    return RedirectResponse("/held", 303)
