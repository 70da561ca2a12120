"""What lies on a reader's desk: the film, what comes next, and how far the reader has come."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Annotated, get_args

from pydantic import BaseModel, Field
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass, Rendition
from app.db.reading import Annotation
from app.db.tables import UtcDateTime
from app.errors import NotFound
from app.reading.history import Opinion, opinions
from app.reading.reads import stands
from app.reading.suggestions import Suggestion, suggestion
from app.reading.worklists import (
    WorklistName,
    lease_place,
    peek,
    remaining,
)
from app.texts import _

IdempotencyKey = Annotated[str, Field(min_length=8, max_length=100)]
Milliseconds = Annotated[int | None, Field(ge=0, le=2**31 - 1)]

COUNTED_ON_DESK = 1_000
"""A longer worklist is not counted to its end with every answer."""
AHEAD = 3
"""How many films the browser fetches while the reader looks at one."""


_FILMS = (
    select(
        Image.id,
        Image.spacing_mm,
        Image.laterality,
        Image.view,
        Rendition.digest,
        Rendition.width,
        Rendition.height,
        Rendition.bits,
        Rendition.window_centre,
        Rendition.window_width,
    )
    .join(Rendition, (Rendition.image_id == Image.id) & (Rendition.kind == "viewer"))
    .where(Image.id.in_(bindparam("image_ids", expanding=True)))
)
_STUDY_MATES = (
    select(Image.id)
    .where(
        Image.study_id
        == select(Image.study_id).where(Image.id == bindparam("image_id")).scalar_subquery(),
        Image.id != bindparam("image_id"),
    )
    .order_by(Image.id)
)
_READ_SINCE = select(Annotation.milliseconds).where(
    Annotation.reader_id == bindparam("reader_id"),
    Annotation.at >= bindparam("midnight", type_=UtcDateTime()),
    stands(Annotation),
)


class Film(BaseModel):
    """An image as the viewer needs it. Holds nothing about the patient."""

    image_id: int
    pixels: str
    """Address of the viewer rendition, a greyscale PNG of 8 or 16 bits; good for ever."""
    width: int
    height: int
    bits: int
    window_centre: float
    """Of the stored values, where reading starts."""
    window_width: float
    spacing_mm: float | None
    laterality: str
    view: str


class Class(BaseModel):
    """One class of the label set; `key` is its digit on the keyboard."""

    id: int
    name: str
    key: int


class Item(BaseModel):
    """The image in the reader's hands."""

    film: Film
    position: int
    others: list[Film]
    """The other images of the same study, to look at."""
    suggestion: Suggestion | None
    opinions: list[Opinion]
    """To adjudicate: what the independent readers said."""


class Desk(BaseModel):
    """The answer to every request for the next image."""

    worklist: WorklistName
    item: Item | None
    """None where nothing is left for this reader at the moment."""
    upcoming: list[Film]
    """What this reader would be given next, to fetch ahead; not leased."""
    remaining: int
    """Open reads of the worklist, in others' hands or not."""
    uncounted: bool
    """True where there are more than `remaining`."""
    read_today: int
    seconds_per_image: float | None
    """The reader's own pace: the median of today's reads; None before the first."""
    elsewhere: dict[WorklistName, int]
    """What other worklists still have, where this one has nothing for this reader."""


def next_on_desk(
    session: Session, reader_id: int, worklist: WorklistName, lease_seconds: int, now: datetime
) -> Desk:
    """Lease the next image of a worklist and describe it.

    Args:
        lease_seconds: how long the image is kept for the reader.
        now: the present moment, UTC.
    """
    place = lease_place(session, reader_id, worklist, lease_seconds, now)
    ahead = peek(session, reader_id, worklist, now, AHEAD)
    others = _others(session, place[0]) if place else []
    described = _described(session, [*others, *ahead, *([place[0]] if place else [])])
    left = remaining(session, worklist, COUNTED_ON_DESK)
    today = _milliseconds_today(session, reader_id, now)
    item = None
    if place and place[0] in described:
        item = Item(
            film=described[place[0]],
            position=place[2] or 0,
            others=[described[each] for each in others if each in described],
            suggestion=suggestion(session, place[0], reader_id) if worklist == "review" else None,
            opinions=opinions(session, place[0]) if worklist == "adjudication" else [],
        )
    return Desk(
        worklist=worklist,
        item=item,
        upcoming=[described[each] for each in ahead if each in described],
        remaining=left,
        uncounted=left == COUNTED_ON_DESK,
        read_today=len(today),
        seconds_per_image=_pace(today),
        elsewhere={} if place else _elsewhere(session, worklist),
    )


def films(session: Session, image_ids: Sequence[int]) -> list[Film]:
    """Describe images for the viewer, in the order given."""
    found = _described(session, image_ids)
    return [found[image_id] for image_id in image_ids if image_id in found]


def film(session: Session, image_id: int) -> Film:
    """Describe one image for the viewer.

    Raises:
        NotFound: if there is no such image.
    """
    found = films(session, [image_id])
    if not found:
        raise NotFound(_("There is no such image."), _("image {number}", number=image_id))
    return found[0]


def classes(session: Session) -> list[Class]:
    """Return the label set in the order of its number keys."""
    rows = session.scalars(select(LabelClass).order_by(LabelClass.position))
    return [Class(id=row.id, name=row.name, key=key) for key, row in enumerate(rows, 1)]


def read_today(session: Session, reader_id: int, now: datetime) -> int:
    """Count this reader's standing reads since midnight, on the server's clock."""
    return len(_milliseconds_today(session, reader_id, now))


def _milliseconds_today(session: Session, reader_id: int, now: datetime) -> list[int | None]:
    """Return how long each of a reader's standing reads since midnight took, where known."""
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    asked = {"reader_id": reader_id, "midnight": midnight}
    return list(session.scalars(_READ_SINCE, asked))


def _pace(milliseconds: Sequence[int | None]) -> float | None:
    """Return the median of the seconds that are known."""
    known = [each for each in milliseconds if each is not None]
    return median(known) / 1000 if known else None


def rendition_digest(session: Session, image_id: int) -> str:
    """Return the digest of an image's viewer rendition.

    Raises:
        NotFound: if there is no such image.
    """
    digest = session.scalar(
        select(Rendition.digest).where(Rendition.image_id == image_id, Rendition.kind == "viewer")
    )
    if digest is None:
        raise NotFound(_("There is no such image."), _("image {number}", number=image_id))
    return digest


def _elsewhere(session: Session, worklist: WorklistName) -> dict[WorklistName, int]:
    others = [name for name in get_args(WorklistName) if name != worklist]
    counts = {name: remaining(session, name) for name in others}
    return {name: count for name, count in counts.items() if count}


def _others(session: Session, image_id: int) -> list[int]:
    """Return the other images of an image's study."""
    return list(session.scalars(_STUDY_MATES, {"image_id": image_id}))


def _described(session: Session, image_ids: Sequence[int]) -> dict[int, Film]:
    """Describe images for the viewer, by id."""
    rows = session.execute(_FILMS, {"image_ids": list(image_ids)})
    return {
        row.id: Film(
            image_id=row.id,
            pixels=f"/api/v1/images/{row.id}/pixels?digest={row.digest}",
            width=row.width,
            height=row.height,
            bits=row.bits,
            window_centre=row.window_centre,
            window_width=row.window_width,
            spacing_mm=row.spacing_mm,
            laterality=row.laterality,
            view=row.view,
        )
        for row in rows
    }
