"""The archive: a page of all images for admins, and the same for programs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from app import errors
from app.archive import bars, exclusions, images, rules
from app.archive.cells import Place
from app.archive.facets import NAMES, Wanted
from app.archive.images import ArchiveImage
from app.archive.index import Index
from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, Database, render
from app.figures import Counted
from app.worklists.named_lists import LONGEST_NAME
from app.worklists.rules import active_people
from app.worklists.sights import note_sights

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["archive"])


async def _index(request: Request) -> Index:
    known: Index = request.app.state.archive
    return known


Known = Annotated[Index, Depends(_index)]
"""What this process knows of all images."""


class OnePage(Wanted):
    """Which images are wanted, and where their page begins."""

    score: float = Field(0, ge=-4, le=4, allow_inf_nan=False)
    """Of the last image of the page before, as `next` has it."""
    after: Id | None = None
    """The last image of the page before; null for the first page."""

    @property
    def place(self) -> Place | None:
        """Where the page before ended."""
        return None if self.after is None else Place(self.score, self.after)


class Shown(OnePage):
    """The same, as a page."""

    show: Literal["films", "table"] = "films"


class ListOfImages(OnePage):
    """The same, for a program."""

    limit: int = Field(100, ge=1, le=rules.PAGE)
    """Images of one answer."""


class Next(BaseModel):
    """What to ask for to get the images that follow."""

    score: float
    after: int


class Images(BaseModel):
    """A page of images, in the order that was asked for."""

    images: list[ArchiveImage]
    next: Next | None
    """Null where there are no more."""
    found: int | None
    """How many images are wanted; null while a large archive is read for the first time, which
    is when nothing is found by a facet either: ask again."""
    counts: dict[str, dict[str, int]]
    """By facet and value; a facet's own choice does not narrow its counts."""


@pages.get("/archive")
def archive_page(
    request: Request,
    database: Database,
    index: Known,
    user: CurrentAdmin,
    asked: Annotated[Shown, Query()],
) -> HTMLResponse:
    """Draw the images that are wanted, and bars of what there is."""
    error = None
    try:
        found = _find(database, index, user, asked, rules.PAGE)
    except errors.Refused as refused:
        error, found = refused, rules.Found([], None, Counted(None), [])
    counts, names = found.counts.value, found.names
    with read_only(database) as session:
        people = active_people(session)
    return render(
        request,
        "archive/archive.html",
        user,
        status=422 if error else 200,
        error=error,
        asked=asked,
        images=found.images,
        counts=found.counts,
        groups=bars.groups(asked, asked.show, counts, names) if counts else [],
        chips=bars.chips(asked, asked.show, names),
        names=names,
        hidden=[(name, value) for name in NAMES for value in asked.chosen.get(name, ())],
        following=_address(asked, found.following),
        address=lambda **more: bars.address(asked, more.pop("show", asked.show), **more),
        waits=bars.LISTS,
        exclusion_reasons=exclusions.REASONS,
        search=asked.as_json,
        people=people,
        longest_name=LONGEST_NAME,
    )


@api.get("/images")
def list_images(
    database: Database,
    index: Known,
    user: CurrentAdmin,
    asked: Annotated[ListOfImages, Query()],
) -> Images:
    """List images by what is asked for; what was said of those that are read blind is left out."""
    found = _find(database, index, user, asked, asked.limit)
    counts, place = found.counts.value, found.following
    return Images(
        images=found.images,
        next=place and Next(score=place.score, after=place.image_id),
        found=counts.wanted if counts else None,
        counts=counts.facets if counts else {},
    )


def _find(
    database: SessionFactory, index: Index, user: User, asked: OnePage, size: int
) -> rules.Found:
    """Return the images, and remember whose labels this person has seen by them."""
    with read_only(database) as session:
        found = rules.find(session, index, asked, asked.place, size)
        seen = images.unseen(session, user.id, found.images)
    if seen:
        with database.begin() as session:
            note_sights(session, user.id, seen, moment(session))
    return found


def _address(asked: Shown, place: Place | None) -> str | None:
    if place is None:
        return None
    score = place.score or ""
    return bars.address(asked, asked.show, score=score, after=place.image_id)
