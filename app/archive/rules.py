"""The page of all images: what is asked for, what is found, and how many there are of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive import images, keys
from app.archive.cells import Cells, Place
from app.archive.facets import Wanted
from app.archive.images import ArchiveImage
from app.archive.index import Index
from app.db.archive import Image
from app.figures import Counted
from app.labels.classes import Class, every_class

PAGE = 200
"""Images on a page."""


@dataclass(frozen=True)
class Counts:
    """How many images there are.

    Attributes:
        archive: in all.
        wanted: that fit what is asked for.
        facets: by facet and value; a facet's own choice does not narrow its counts.
    """

    archive: int
    wanted: int
    facets: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Found:
    """A page of the archive.

    Attributes:
        images: of the page; fewer than are asked for where one was changed just now.
        following: where the next page begins; None where there is none.
        counts: with what can be chosen.
        names: the label set.
    """

    images: list[ArchiveImage]
    following: Place | None
    counts: Counted[Counts]
    names: Sequence[Class]


def find(
    session: Session, index: Index, wanted: Wanted, after: Place | None = None, size: int = PAGE
) -> Found:
    """Return a page of the images that are wanted, and the counts beside it.

    Args:
        session: a unit of work that only reads.
        index: what this process knows of all images.
        wanted: which, and in which order.
        after: where the page before ended; None for the first.
        size: images at most.

    Raises:
        Refused: more keys are asked for than can be looked up together.
    """
    among = keys.find(session, wanted.q)
    answer = index.ask(session, lambda cells: _page(cells, wanted, among, after, size))
    if answer.value is None:
        places = _without_counts(session, wanted, among, after, size)
        counts: Counted[Counts] = Counted(None, again=True)
    else:
        places, counted = answer.value
        counts = Counted(counted, answer.at, answer.again)
    page, names = places[:size], every_class(session)
    return Found(
        images.shown(session, [place.image_id for place in page], names),
        page[-1] if len(places) > size else None,
        counts,
        names,
    )


def _page(
    cells: Cells,
    wanted: Wanted,
    among: NDArray[np.int64] | None,
    after: Place | None,
    size: int,
) -> tuple[list[Place], Counts]:
    counts = Counts(len(cells), cells.total(wanted, among), cells.counts(wanted, among))
    return cells.page(wanted, among, after, size + 1), counts


def _without_counts(
    session: Session,
    wanted: Wanted,
    among: NDArray[np.int64] | None,
    after: Place | None,
    size: int,
) -> Sequence[Place]:
    """Return what can be shown while the archive is read: all of it, by number, or by key."""
    if wanted.chosen or wanted.sort not in ("newest", "oldest"):
        return []
    newest = wanted.sort == "newest"
    rows = select(Image.id).order_by(Image.id.desc() if newest else Image.id).limit(size + 1)
    if after is not None:
        beyond = Image.id < after.image_id if newest else Image.id > after.image_id
        rows = rows.where(beyond)
    if among is not None:
        rows = rows.where(Image.id.in_(among.tolist()))
    return [Place(0.0, image_id) for image_id in session.scalars(rows)]
