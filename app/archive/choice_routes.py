"""What can be done with images chosen in the archive: put them on lists, take them along."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, ValidationError

from app.archive import choice as chosen
from app.archive.choice import Choice
from app.archive.index import Index
from app.archive.routes import Known
from app.archive.table import COLUMNS, REMEMBERED, Table
from app.audit import record
from app.csv_tables import as_csv
from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only, snapshot
from app.db.people import User
from app.db.tables import IdInJson
from app.dependencies import CurrentAdmin, Database
from app.downloads import download, written
from app.errors import Refused
from app.texts import _
from app.worklists import by_hand, named_lists
from app.worklists.by_hand import Sorting
from app.worklists.sights import note_sight, note_sights

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["archive"])

LONGEST = 12 * 2 * chosen.PICKED
"""Letters of a choice in a form."""


class Lists(BaseModel):
    """Where the images that are chosen go, or went, and why the others do not."""

    images: int
    """How many are chosen."""
    seed: int
    """Of the development split, to the seed list; none of them is a calibration read."""
    validation: int
    """Of the locked split, to the validation list."""
    waiting: int
    """They wait on a list already, and stay where they are."""
    read: int
    """They carry a label, or were read."""
    gone: int
    """They are not in the archive any more."""
    excluded: int
    """They are excluded; take them back first."""


class NewList(BaseModel):
    """A named list, which the images that go to the seed list make."""

    name: str = Field(max_length=named_lists.LONGEST_NAME)
    """What its readers see."""
    people: list[IdInJson] = Field([], max_length=1000)
    """Who reads it; none: everybody."""
    due: str = Field("", max_length=10)
    """The day by which it is to be read, as `2026-12-04`; empty for none."""


class Listed(Choice):
    """Which images are put on lists, and under which name."""

    named: NewList | None = None
    """Null for no list of their own."""


@api.post("/images/lists/preview")
def preview_lists(database: Database, index: Known, user: CurrentAdmin, choice: Choice) -> Lists:
    """Say on which lists the images that are chosen would be put."""
    with read_only(database) as session:
        found = chosen.numbers(session, index, choice).tolist()
        return _lists(choice, len(found), by_hand.sort(session, found))


@api.post("/images/lists")
def put_on_lists(database: Database, index: Known, user: CurrentAdmin, choice: Listed) -> Lists:
    """Put the images that are chosen on the lists they belong on: the split decides which.

    Those of the seed list can make a named list. Sent again, it puts no image on a list twice.
    """
    with read_only(database) as session:
        found = chosen.numbers(session, index, choice).tolist()
    with database.begin() as session:
        named = choice.named
        put = by_hand.put(session, found, user, choice.in_words, becomes_named=named is not None)
        if named is not None:
            seeds = put.lists.get(by_hand.SEED, [])
            named_lists.make(session, seeds, named.name, named.people, named.due, user)
        return _lists(choice, len(found), put)


@api.post("/images/export", response_class=StreamingResponse)
def export_images(
    database: Database, index: Known, user: CurrentAdmin, choice: Choice
) -> StreamingResponse:
    """Download exactly the images that are chosen as CSV: what the archive says of each."""
    return _table(database, index, user, choice)


@pages.post("/archive/export")
def export_chosen(
    database: Database,
    index: Known,
    user: CurrentAdmin,
    choice: Annotated[str, Form(max_length=LONGEST)],
) -> StreamingResponse:
    """Download the same from a form of the page, so that the browser saves it while it comes."""
    try:
        meant = Choice.model_validate_json(choice)
    except ValidationError as error:
        raise Refused(
            _("This is no choice of images."), "choice", _("Choose images in the archive.")
        ) from error
    return _table(database, index, user, meant)


def _table(database: SessionFactory, index: Index, user: User, choice: Choice) -> StreamingResponse:
    """Write the table, remember what was learned, and send it: nothing leaves unremembered."""
    with snapshot(database) as session:
        found = chosen.numbers(session, index, choice).tolist()
        table = Table(session, user.id, found)
        file = written(as_csv(COLUMNS, table))
    with database.begin() as session:
        record(session, user, "export", "chosen images", images=table.rows, **choice.in_words)
        now = moment(session)
        if len(table.learned) > REMEMBERED:
            note_sight(session, user.id, None, now)
        elif table.learned:
            note_sights(session, user.id, table.learned, now)
    return download(file, "images.csv")


def _lists(choice: Choice, images: int, sorting: Sorting) -> Lists:
    """Say where images go; picked ones that are gone were not even found."""
    gone = sorting.gone
    if choice.ids is not None and not choice.wanted.chosen and not choice.wanted.q:
        gone += len(set(choice.ids) - set(choice.but)) - images
    return Lists(
        images=images,
        seed=len(sorting.lists.get("seed", ())),
        validation=len(sorting.lists.get("validation", ())),
        waiting=sorting.waiting,
        read=sorting.read,
        gone=gone,
        excluded=sorting.excluded,
    )
