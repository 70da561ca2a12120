"""A film as the viewer needs it, and the films around one that a reader has in hands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Row, Select, bindparam, select, union_all
from sqlalchemy.orm import Session

from app.db.archive import Image, Rendition, region_of
from app.db.asking import ask
from app.db.tables import written
from app.imaging.knees import Region
from app.labels.images import no_such_image
from app.names import named
from app.worklists import queues
from app.worklists.double_reading import MOST_READERS
from app.worklists.filters import Asked, Filter
from app.worklists.queues import WorklistName

_FILM = (
    Image.id.label("image_id"),
    Image.spacing_mm,
    Image.spacing_plane,
    Image.laterality,
    Image.view,
    Image.region_left,
    Image.region_top,
    Image.region_right,
    Image.region_bottom,
    Image.stored_digest,
    Rendition.digest.is_not(None).label("ready"),
    Rendition.width,
    Rendition.height,
    Rendition.bits,
    Rendition.window_centre,
    Rendition.window_width,
)
_OF_VIEWER = (Rendition.image_id == Image.id) & (Rendition.kind == "viewer")
_FILMS = (
    select(*_FILM)
    .join(Rendition, _OF_VIEWER)
    .where(Image.id.in_(bindparam("image_ids", expanding=True)))
)
_IN_HANDS, _OF_STUDY, _AHEAD = range(3)


class ViewerImage(BaseModel):
    """An image as the viewer needs it. Holds nothing about the patient."""

    image_id: int
    pixels: str
    """Address of the viewer rendition, a greyscale PNG of 8 or 16 bits; good for ever."""
    ready: bool
    """Whether that is made; if not, it is asked for by a POST to the same address."""
    width: int
    height: int
    bits: int
    window_centre: float
    """Of the stored values, where reading starts."""
    window_width: float
    spacing_mm: float | None
    """Millimetres per pixel; None where unknown."""
    spacing_plane: str
    """Where these are measured: `detector`, `patient`, `estimated` (in the patient, by an estimated
    magnification), or empty where the file does not say."""
    laterality: str
    view: str
    """As the film has it; empty where it does not say."""
    view_name: str
    """The view written out, in the language of whoever asks."""
    region: Region | None
    """Where the knee that is asked for is on a film of both, in pixels; None on a film of one."""


@dataclass(frozen=True)
class Around:
    """The films a reader sees now and next.

    Attributes:
        shown: the one in hands; None where its rendition is missing.
        position: its place in the worklist.
        of_study: the others of its study; not the other knee of the same film.
        ahead: what the reader would be given after it, the nearest first; not leased.
    """

    shown: ViewerImage | None
    position: int
    of_study: list[ViewerImage]
    ahead: list[ViewerImage]


def films(session: Session, image_ids: Sequence[int]) -> list[ViewerImage]:
    """Describe images for the viewer, in the order given."""
    rows = ask(session, _FILMS, {"image_ids": list(image_ids)})
    found = {row.image_id: _film(row) for row in rows}
    return [found[image_id] for image_id in image_ids if image_id in found]


def film(session: Session, image_id: int) -> ViewerImage:
    """Describe one image for the viewer.

    Raises:
        NotFound: if there is no such image.
    """
    found = films(session, [image_id])
    if not found:
        raise no_such_image(image_id)
    return found[0]


def viewer_rendition(session: Session, image_id: int) -> tuple[str | None, str]:
    """Return the digest of an image's viewer rendition, and that by which its address names it.

    Returns:
        None for the first where it is not made yet. The second is that of the de-identified film,
        which is there before.

    Raises:
        NotFound: if there is no such image.
    """
    of_viewer = (Image.id == image_id) & (Rendition.kind == "viewer")
    asked = select(Rendition.digest, Image.stored_digest).join_from(Rendition, Image)
    found = session.execute(asked.where(of_viewer)).first()
    if found is None:
        raise no_such_image(image_id)
    return found.digest, found.stored_digest


def not_ready(films: Iterable[ViewerImage]) -> list[int]:
    """Return the images of which the viewer rendition is not made yet."""
    return [film.image_id for film in films if not film.ready]


def films_around(
    session: Session,
    reader_id: int,
    worklist: WorklistName,
    image_id: int,
    turn: int,
    count: int,
    now: datetime,
    wanted: Filter,
) -> Around:
    """Describe the film a reader has in hands and those around it.

    Args:
        turn: which of the image's independent reads is in hands.
        count: how many to look ahead.
        now: the present moment, UTC.
        wanted: what the reader wants to see ahead.
    """
    asked = {
        "reader_id": reader_id,
        "image_id": image_id,
        "turn": turn,
        "now": now,
    } | wanted.values
    parts: dict[int, dict[int, Row[*tuple[Any, ...]]]] = {_IN_HANDS: {}, _OF_STUDY: {}, _AHEAD: {}}
    for row in ask(session, _around(worklist, count, wanted.asked), asked):
        parts[row.part].setdefault(row.image_id, row)
    shown = parts[_IN_HANDS].get(image_id)
    return Around(
        shown=_film(shown) if shown else None,
        position=(shown.place or 0) if shown else 0,
        of_study=[_film(row) for row in parts[_OF_STUDY].values()],
        ahead=[_film(row) for row in islice(parts[_AHEAD].values(), count)],
    )


@cache
def _around(worklist: WorklistName, count: int, conditions: Asked) -> Select[*tuple[Any, ...]]:
    """Select the film in hands, the others of its study, and those ahead, in order."""
    queue = queues.Queue(worklist)
    image: ColumnElement[int] = bindparam("image_id")
    turn: ColumnElement[int] = bindparam("turn")
    in_hands = select(
        queue.image.label("image_id"),
        written(_IN_HANDS).label("part"),
        queue.position.label("place"),
    ).where(queue.listed, queue.image == image, queue.turn == turn)
    study, source = (
        select(column).where(Image.id == image).scalar_subquery()
        for column in (Image.study_id, Image.source_digest)
    )
    mates = select(Image.id, written(_OF_STUDY), Image.id)
    of_study = mates.where(Image.study_id == study, Image.source_digest != source)
    # Several turns of one image may be open; this reader will be given one of them.
    turns = count * MOST_READERS
    next_image, _turn, place = queues.ahead(worklist, turns, conditions).subquery().c
    ahead = select(next_image, written(_AHEAD), place)
    wanted = union_all(in_hands, of_study, ahead).subquery()
    return (
        select(wanted.c.part, wanted.c.place, *_FILM)
        .join_from(wanted, Image, Image.id == wanted.c.image_id)
        .join(Rendition, _OF_VIEWER)
        .order_by(wanted.c.part, wanted.c.place)
    )


def _film(row: Row[*tuple[Any, ...]]) -> ViewerImage:
    return ViewerImage(
        image_id=row.image_id,
        pixels=f"/api/v1/images/{row.image_id}/pixels?digest={row.stored_digest}",
        ready=row.ready,
        width=row.width,
        height=row.height,
        bits=row.bits,
        window_centre=row.window_centre,
        window_width=row.window_width,
        spacing_mm=row.spacing_mm,
        spacing_plane=row.spacing_plane,
        laterality=row.laterality,
        view=row.view,
        view_name=named(row.view),
        region=region_of(row.region_left, row.region_top, row.region_right, row.region_bottom),
    )
