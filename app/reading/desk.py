"""What lies on a reader's desk: the film, what comes next, and how far the reader has come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, get_args

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass, Rendition
from app.db.reading import Annotation
from app.errors import NotFound
from app.reading.history import Opinion, opinions
from app.reading.reads import stands
from app.reading.suggestions import Suggestion, suggestion
from app.reading.worklists import (
    COUNTED_AT_MOST,
    Queue,
    WorklistName,
    lease_next,
    peek,
    remaining,
)

IdempotencyKey = Annotated[str, Field(min_length=8, max_length=100)]
Milliseconds = Annotated[int | None, Field(ge=0, le=2**31 - 1)]

AHEAD = 3
"""How many films the browser fetches while the reader looks at one."""


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
    image_id = lease_next(session, reader_id, worklist, lease_seconds, now)
    left = remaining(session, worklist)
    return Desk(
        worklist=worklist,
        item=None if image_id is None else _item(session, image_id, worklist, reader_id),
        upcoming=films(session, peek(session, reader_id, worklist, now, AHEAD)),
        remaining=left,
        uncounted=left == COUNTED_AT_MOST,
        read_today=read_today(session, reader_id, now),
        elsewhere=_elsewhere(session, worklist) if image_id is None else {},
    )


def films(session: Session, image_ids: Sequence[int]) -> list[Film]:
    """Describe images for the viewer, in the order given."""
    rows = session.execute(
        select(Image, Rendition)
        .join(Rendition, (Rendition.image_id == Image.id) & (Rendition.kind == "viewer"))
        .where(Image.id.in_(image_ids))
    )
    found = {image.id: _film(image, rendition) for image, rendition in rows}
    return [found[image_id] for image_id in image_ids if image_id in found]


def film(session: Session, image_id: int) -> Film:
    """Describe one image for the viewer.

    Raises:
        NotFound: if there is no such image.
    """
    found = films(session, [image_id])
    if not found:
        raise NotFound("There is no such image.", f"image {image_id}")
    return found[0]


def classes(session: Session) -> list[Class]:
    """Return the label set in the order of its number keys."""
    rows = session.scalars(select(LabelClass).order_by(LabelClass.position))
    return [Class(id=row.id, name=row.name, key=key) for key, row in enumerate(rows, 1)]


def read_today(session: Session, reader_id: int, now: datetime) -> int:
    """Count this reader's standing reads since midnight, on the server's clock."""
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    reads = select(func.count()).where(
        Annotation.reader_id == reader_id, Annotation.at >= midnight, stands(Annotation)
    )
    return session.scalar(reads) or 0


def rendition_digest(session: Session, image_id: int) -> str:
    """Return the digest of an image's viewer rendition.

    Raises:
        NotFound: if there is no such image.
    """
    digest = session.scalar(
        select(Rendition.digest).where(Rendition.image_id == image_id, Rendition.kind == "viewer")
    )
    if digest is None:
        raise NotFound("There is no such image.", f"image {image_id}")
    return digest


def _elsewhere(session: Session, worklist: WorklistName) -> dict[WorklistName, int]:
    others = [name for name in get_args(WorklistName) if name != worklist]
    counts = {name: remaining(session, name) for name in others}
    return {name: count for name, count in counts.items() if count}


def _film(image: Image, rendition: Rendition) -> Film:
    return Film(
        image_id=image.id,
        pixels=f"/api/v1/images/{image.id}/pixels?digest={rendition.digest}",
        width=rendition.width,
        height=rendition.height,
        bits=rendition.bits,
        window_centre=rendition.window_centre,
        window_width=rendition.window_width,
        spacing_mm=image.spacing_mm,
        laterality=image.laterality,
        view=image.view,
    )


def _item(session: Session, image_id: int, worklist: WorklistName, reader_id: int) -> Item:
    queue = Queue(session, worklist)
    place = select(queue.position).where(queue.open, queue.image == image_id).limit(1)
    position = session.scalar(place)
    study = select(Image.study_id).where(Image.id == image_id).scalar_subquery()
    others = select(Image.id).where(Image.study_id == study, Image.id != image_id)
    return Item(
        film=film(session, image_id),
        position=position or 0,
        others=films(session, session.scalars(others.order_by(Image.id)).all()),
        opinions=opinions(session, image_id) if worklist == "adjudication" else [],
        suggestion=suggestion(session, image_id, reader_id) if worklist == "review" else None,
    )
