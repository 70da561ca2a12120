"""Films of a class that nobody has read: found by the words of reports, or by how they look."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import errors, unseen_classes
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.dependencies import CurrentAdmin, CurrentSettings, Database, render
from app.runs import doorbell
from app.runs.kinds import DRAW_SEED
from app.search import rules
from app.search.words import looked_for
from app.settings import Settings
from app.training.missing import missing_classes
from app.worklists import diverse_seeds

pages = APIRouter(include_in_schema=False)

TYPED = 1000
"""Letters a browser may send; what is too long to look for is refused in words."""
Typed = Annotated[str, Form(max_length=TYPED)]
Number = Annotated[int, Form(ge=1, le=10_000_000)]


@pages.get("/find-films")
def find_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    words: Annotated[str, Query(max_length=TYPED)] = "",
    without: Annotated[str, Query(max_length=TYPED)] = "",
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    listed: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HTMLResponse:
    """Draw the search, and what it found."""
    return _draw(request, database, settings, user, words, without, after=after, listed=listed)


@pages.post("/find-films")
def list_films(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    words: Typed,
    number: Number,
    without: Typed = "",
    after: Annotated[int, Form(ge=0, lt=2**31)] = 0,
) -> Response:
    """Put films that the words find on the seed list."""
    try:
        with database.begin() as session:
            wanted = looked_for(words, without)
            listed = rules.put_on_seed_list(session, wanted, number, user, after)
    except errors.Refused as error:
        return _draw(request, database, settings, user, words, without, status=422, error=error)
    return RedirectResponse(f"/find-films?listed={listed}", 303)


@pages.post("/find-films/by-look")
def find_by_look(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    choice: Annotated[str, Form()],
    patients: Annotated[str, Form()],
    image_id: Annotated[str, Form()] = "",
) -> Response:
    """Have a run compare films, and put those it chooses on the seed list."""
    try:
        asked = DRAW_SEED.typed({"choice": choice, "patients": patients, "image_id": image_id})
        with database.begin() as session:
            run = diverse_seeds.begin_look(session, asked, user, settings)
    except (errors.Refused, errors.Conflict) as error:
        return _draw(request, database, settings, user, "", "", status=422, error=error)
    doorbell.ring(run, settings)
    return RedirectResponse(f"/runs/{run.id}", 303)


def _draw(
    request: Request,
    database: SessionFactory,
    settings: Settings,
    user: User,
    words: str,
    without: str,
    *,
    status: int = 200,
    error: errors.CondyleError | None = None,
    after: int = 0,
    listed: int = 0,
) -> HTMLResponse:
    found = None
    with read_only(database) as session:
        missing = missing_classes(session)
        if words and error is None:
            try:
                found = rules.find(session, looked_for(words, without), after)
            except errors.Refused as refused:
                error, status = refused, 422
    return render(
        request,
        "search/films.html",
        user,
        status=status,
        words=words,
        without=without,
        after=after,
        found=found,
        listed=listed,
        missing=missing,
        missing_in_words=unseen_classes.missing_in_words(missing),
        weights=settings.weights,
        error=error,
    )
