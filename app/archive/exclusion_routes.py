"""Excluding images and taking them back: of a choice in the archive, and on an image's own page."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from app import errors
from app.archive import choice as chosen
from app.archive import duplicates, exclusions
from app.archive.choice import Choice
from app.archive.duplicates import Copies
from app.archive.exclusions import Reason, Why
from app.archive.extent import Extent, extent
from app.archive.image_routes import draw_refused
from app.archive.routes import Known
from app.db.engine import read_only
from app.db.tables import Id, IdInJson
from app.dependencies import CurrentAdmin, Database

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["archive"])

LONGEST_NOTE = 500
Note = Annotated[str, Field(max_length=LONGEST_NOTE)]


class Excluding(BaseModel):
    """Images that are chosen, and why they are excluded."""

    choice: Choice
    reason: Reason
    note: Note = ""
    """In your own words; needed where the reason is another one."""


class SameFilm(BaseModel):
    """Images that are said to be the same film."""

    ids: Annotated[tuple[IdInJson, ...], Field(min_length=2, max_length=duplicates.AT_MOST)]


class Keeping(SameFilm):
    """The same, and which of them is kept."""

    keep: IdInJson


class Changed(BaseModel):
    """How many images were excluded, or taken back."""

    images: int


@api.post("/images/exclude/preview")
def preview_exclusion(
    database: Database, index: Known, user: CurrentAdmin, choice: Choice
) -> Extent:
    """Say what excluding the images that are chosen would mean."""
    with read_only(database) as session:
        return extent(session, chosen.numbers(session, index, choice).tolist())


@api.post("/images/exclude")
def exclude(database: Database, index: Known, user: CurrentAdmin, asked: Excluding) -> Changed:
    """Exclude images: they are on no list, and in no later training, sweep or evaluation.

    They stay in the archive with all that was said of them. Sent again, it excludes nothing twice.
    """
    with read_only(database) as session:
        found = chosen.numbers(session, index, asked.choice).tolist()
    why = Why(asked.reason, asked.note, told=asked.choice.in_words)
    with database.begin() as session:
        return Changed(images=exclusions.exclude(session, found, why, user))


@api.post("/images/take-back")
def take_back(database: Database, index: Known, user: CurrentAdmin, choice: Choice) -> Changed:
    """Let the images that are chosen count again, where they are excluded."""
    with read_only(database) as session:
        found = chosen.numbers(session, index, choice).tolist()
    with database.begin() as session:
        back = exclusions.take_back(session, found, user, choice.in_words)
        return Changed(images=back)


@api.post("/images/duplicates/preview")
def preview_duplicates(database: Database, user: CurrentAdmin, asked: SameFilm) -> Copies:
    """Say what to know of images that are said to be the same film."""
    with read_only(database) as session:
        return duplicates.copies(session, asked.ids)


@api.post("/images/duplicates")
def mark_duplicates(database: Database, user: CurrentAdmin, asked: Keeping) -> Changed:
    """Keep one of some images of the same film, and exclude the others as its duplicates."""
    with database.begin() as session:
        return Changed(images=duplicates.mark(session, asked.ids, asked.keep, user))


@pages.post("/images/{image_id}/exclude")
def exclude_on_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    image_id: Id,
    reason: Annotated[Reason, Form()],
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
) -> Response:
    """Exclude one image."""
    try:
        with database.begin() as session:
            exclusions.exclude(session, [image_id], Why(reason, note), user)
    except errors.Refused as error:
        return draw_refused(request, database, user, image_id, error)
    return RedirectResponse(f"/images/{image_id}/history", 303)


@pages.post("/images/{image_id}/keep")
def keep_on_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    image_id: Id,
    others: Annotated[list[Id], Form(max_length=duplicates.AT_MOST)],
) -> Response:
    """Keep one image, and exclude others of the very same picture as its duplicates."""
    try:
        with database.begin() as session:
            duplicates.mark(session, [image_id, *others], image_id, user)
    except (errors.Refused, errors.Conflict) as error:
        return draw_refused(request, database, user, image_id, error)
    return RedirectResponse(f"/images/{image_id}/history", 303)


@pages.post("/images/{image_id}/take-back")
def take_back_on_page(database: Database, user: CurrentAdmin, image_id: Id) -> RedirectResponse:
    """Let one image count again."""
    with database.begin() as session:
        exclusions.take_back(session, [image_id], user)
    return RedirectResponse(f"/images/{image_id}/history", 303)
