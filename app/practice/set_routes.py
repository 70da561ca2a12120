"""The practice set as an admin chooses it, and how readers have done on it."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import errors
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, Database, render
from app.practice import films, scores
from app.texts import _

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["reading"])

LONGEST = 2_000
"""Characters of a list of numbers: more than `films.MOST_FILMS` of them."""


@pages.get("/practice/set")
def set_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Draw the practice set, what is asked of readers, and who has passed."""
    return _draw(request, database, user)


@pages.post("/practice/set")
def add_films(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    images: Annotated[str, Form(max_length=LONGEST)] = "",
) -> Response:
    """Add films by the numbers of their images."""
    try:
        numbers = _numbers(images)
        with database.begin() as session:
            films.add(session, numbers, user)
    except (errors.Refused, errors.NotFound) as error:
        return _draw(request, database, user, status=422, error=error, typed=images)
    return RedirectResponse("/practice/set", 303)


@pages.post("/practice/set/draw")
def draw_films(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    per_class: Annotated[int, Form(ge=1, le=films.MOST_FILMS)],
    rng: Annotated[int, Form(ge=0, lt=2**31)] = 0,
) -> Response:
    """Add films of each class at random."""
    try:
        with database.begin() as session:
            films.draw(session, per_class, rng, user)
    except errors.Refused as error:
        return _draw(request, database, user, status=422, error=error)
    return RedirectResponse("/practice/set", 303)


@pages.post("/practice/set/{image_id}/remove")
def remove_film(database: Database, user: CurrentAdmin, image_id: Id) -> RedirectResponse:
    """Take a film out of the set."""
    with database.begin() as session:
        films.remove(session, image_id, user)
    return RedirectResponse("/practice/set", 303)


@pages.post("/practice/terms")
def set_terms(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    needed: Annotated[str, Form(max_length=10)] = "",
    required: Annotated[bool, Form()] = False,
) -> Response:
    """Set how many answers must be right, and whether the seed set waits for them."""
    try:
        with database.begin() as session:
            films.set_terms(session, _number(needed), required, user)
    except errors.Refused as error:
        return _draw(request, database, user, status=422, error=error)
    return RedirectResponse("/practice/set", 303)


@api.get("/practice/people")
def practised(database: Database, user: CurrentAdmin) -> list[scores.PersonScore]:
    """Return how every reader has done on the practice set."""
    with read_only(database) as session:
        return scores.people(session)


def _number(typed: str) -> int | None:
    """Return how many answers must be right, as it was typed; None where the field is empty."""
    if not typed.strip():
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,3}", typed.strip()):
        raise errors.Refused(
            _("This is no number of answers."), "needed", _("Type a whole number, or nothing.")
        )
    return int(typed)


def _numbers(typed: str) -> list[int]:
    """Return the images that were typed, apart by spaces, commas or lines."""
    words = re.split(r"[\s,;]+", typed.strip())
    if not all(re.fullmatch(r"[1-9][0-9]{0,8}", word) for word in words):
        raise errors.Refused(
            _("Films are named by the numbers of their images."),
            "images",
            _("Copy the numbers from the Archive or from an image's history, with commas between."),
        )
    return [int(word) for word in words]


def _draw(
    request: Request,
    database: SessionFactory,
    user: User,
    *,
    status: int = 200,
    error: errors.CondyleError | None = None,
    typed: str = "",
) -> HTMLResponse:
    with read_only(database) as session:
        chosen, asked = films.chosen(session), films.terms(session)
        people = scores.people(session)
    return render(
        request,
        "practice/set.html",
        user,
        status=status,
        error=error,
        typed=typed,
        films=chosen,
        terms=asked,
        people=people,
        most=films.MOST_FILMS,
    )
