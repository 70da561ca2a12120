"""The grid: the pseudo-labels of one predicted class that need review, many at a time.

A reader is leased one page of them under a name of its own, `grid`, so that the worklist's own
lease of one image goes on beside it. The most confident come first: those are the ones that can be
judged at a glance.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db.archive import Image, Rendition
from app.db.learning import PseudoLabel, Sweep
from app.db.reading import Lease, Skip
from app.db.review import GridBatch
from app.db.tables import IdInJson
from app.errors import Conflict, NotFound
from app.labels.classes import classes
from app.reading.desk import read_today
from app.sweeps import latest_sweep_id
from app.texts import _
from app.worklists import leases
from app.worklists.items import COUNTED_AT_MOST
from app.worklists.queues import Place, Queue
from app.workspace import is_blind_first

GRID = "grid"
PAGE = 200
PATIENCE = 6
"""A page of the grid is kept for a reader this many times as long as a single image."""


class BatchDecision(BaseModel):
    """What becomes of one pseudo-label; `leave` keeps it in review, for a look of its own."""

    pseudo_label_id: IdInJson
    decision: Literal["approve", "correct", "reject", "leave"]
    class_id: IdInJson | None = None
    """With `correct` only."""


class Tile(BaseModel):
    """One image of the grid."""

    pseudo_label_id: int
    image_id: int
    thumbnail: str
    """Address of its model rendition, good for ever."""
    width: int
    height: int
    confidence: float
    laterality: str
    view: str


class Grid(BaseModel):
    """The answer to every request for a page of the grid."""

    class_id: int
    tiles: list[Tile]
    """Leased to this reader; the most confident first."""
    leased_until: datetime
    """When these leases run out; what gives them back names this moment."""
    marks: list[BatchDecision]
    """What an undone batch had said of these images besides `approve`."""
    waiting: dict[int, int]
    """How many images of each predicted class are still to be seen, by class id."""
    uncounted_above: int
    """A count that has reached this may be larger."""
    lost: int
    """How many of the batch just sent were in other hands by then, and are left as they were."""
    undoable: int
    """How many images the next undo would bring back."""
    read_today: int


def require_open(session: Session) -> None:
    """Raise Conflict where review is blind first: a grid is sorted by what must not be seen."""
    if is_blind_first(session):
        raise Conflict(
            _("The grid is closed: review is blind first, and the grid shows the predicted class."),
            "grid",
            _("Review the images one by one, or ask an admin to turn blind first off."),
        )


def page_of_grid(
    session: Session,
    reader_id: int,
    class_id: int,
    lease_seconds: int,
    now: datetime,
    batch: GridBatch | None = None,
) -> Grid:
    """Lease a page of the grid and describe it.

    What the reader held of this class comes again, so that a reload shows the same page; what the
    reader holds of another class goes back, as nobody looks at two pages.

    Args:
        class_id: the predicted class.
        lease_seconds: how long a single image is kept for a reader.
        now: the present moment, UTC.
        batch: the one just decided or undone, to say what was lost or what had been marked.

    Raises:
        Conflict: if review is blind first.
        NotFound: if there is no such class.
    """
    require_open(session)
    known = [each.id for each in classes(session)]
    if class_id not in known:
        raise NotFound(
            _("There is no such class in this project."), _("class {number}", number=class_id)
        )
    image_ids = _lease(session, reader_id, class_id, lease_seconds * PATIENCE, now)
    others = Lease.worklist == GRID, Lease.image_id.not_in(image_ids)
    leases.give_back(session, reader_id, now, *others)
    undone = batch is not None and batch.undone_at is not None
    marks = [BatchDecision(**each) for each in batch.decisions] if batch and undone else []
    return Grid(
        class_id=class_id,
        tiles=_tiles(session, image_ids),
        leased_until=now + timedelta(seconds=lease_seconds * PATIENCE),
        marks=[each for each in marks if each.decision != "approve"],
        waiting={each: count_waiting(session, each) for each in known},
        uncounted_above=COUNTED_AT_MOST,
        lost=len(batch.lost) if batch and not undone else 0,
        undoable=_undoable(session, reader_id),
        read_today=read_today(session, reader_id, now),
    )


def count_waiting(session: Session, class_id: int) -> int:
    """Count the images of a predicted class the grid still has, up to `COUNTED_AT_MOST`.

    In their order: PostgreSQL would else go through the whole sweep for the first few.
    """
    queue = Queue("review")
    some = select(queue.image).where(queue.open, _of_class(session, class_id))
    some = some.order_by(PseudoLabel.confidence.desc()).limit(COUNTED_AT_MOST)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def last_batch(session: Session, reader_id: int) -> GridBatch | None:
    """Return the reader's last batch in the latest sweep that was not taken back."""
    return session.scalar(
        select(GridBatch)
        .where(
            GridBatch.reader_id == reader_id,
            GridBatch.sweep_id == latest_sweep_id(session),
            GridBatch.undone_at.is_(None),
        )
        .order_by(GridBatch.id.desc())
        .limit(1)
    )


def thumbnail_exists(session: Session, digest: str) -> bool:
    """Whether a digest is that of a model rendition: nothing else in the store is a thumbnail."""
    found = select(Rendition.id).where(Rendition.digest == digest, Rendition.kind == "model")
    return session.scalar(found.limit(1)) is not None


def _lease(
    session: Session, reader_id: int, class_id: int, seconds: int, now: datetime
) -> list[int]:
    """Lease and return a page of images, in no order."""
    leases.lock_reader(session, reader_id)
    wanted = _free(session, reader_id, class_id, now)
    held = session.scalars(_held(reader_id, wanted)).all()
    taken = leases.take_all(session, reader_id, held, GRID, seconds, now)
    page = wanted.limit(PAGE)
    passing_over_locked = page.with_for_update(of=PseudoLabel, skip_locked=True)
    while not taken and (free := session.scalars(passing_over_locked).all()):
        taken = leases.take_all(session, reader_id, free, GRID, seconds, now)
    # A new order of review locks all of it for as long as it takes to write.
    locked = page.where(Queue("review").never_leased())
    while not taken and (free := session.scalars(locked).all()):
        taken = leases.take_all(session, reader_id, free, GRID, seconds, now)
        # Nothing kept their holders from deciding them meanwhile.
        still = session.scalars(wanted.where(PseudoLabel.image_id.in_(taken))).all()
        for image_id in set(taken).difference(still):
            leases.drop(session, reader_id, image_id, GRID)
        taken = list(still)
    return taken


def _held(reader_id: int, wanted: Select[*Place]) -> Select[int]:
    """Select the images a reader holds on the grid, of those that a statement selects.

    By the leases: without statistics SQLite would else go through all that is in review.
    """
    mine = aliased(Lease)
    still = wanted.where(PseudoLabel.image_id == mine.image_id).order_by(None).exists()
    return select(mine.image_id).where(mine.reader_id == reader_id, mine.worklist == GRID, still)


def _free(session: Session, reader_id: int, class_id: int, now: datetime) -> Select[*Place]:
    """Select the images of a class in nobody else's hands, and not on this reader's own desk.

    A knee that was corrected is left out until its thumbnail is made anew.
    """
    on_own_desk = exists().where(
        Lease.image_id == PseudoLabel.image_id,
        Lease.reader_id == reader_id,
        Lease.worklist != GRID,
        Lease.expires_at > now,
    )
    has_thumbnail = exists().where(
        Rendition.image_id == PseudoLabel.image_id, Rendition.kind == "model"
    )
    free = Queue("review").free_for(reader_id, now)
    return (
        free.where(_of_class(session, class_id), ~on_own_desk, has_thumbnail)
        .order_by(None)
        .order_by(PseudoLabel.confidence.desc(), PseudoLabel.id)
    )


def _of_class(session: Session, class_id: int) -> ColumnElement[bool]:
    """Return the condition that an image is of a class and nobody wanted a closer look at it."""
    begun = select(Sweep.created_at).where(Sweep.id == latest_sweep_id(session)).scalar_subquery()
    left = exists().where(
        Skip.worklist == GRID, Skip.image_id == PseudoLabel.image_id, Skip.at >= begun
    )
    return (PseudoLabel.class_id == class_id) & ~left


def _tiles(session: Session, image_ids: Sequence[int]) -> list[Tile]:
    rows = session.execute(
        select(PseudoLabel, Image, Rendition)
        .join(Image, Image.id == PseudoLabel.image_id)
        .join(Rendition, (Rendition.image_id == Image.id) & (Rendition.kind == "model"))
        .where(PseudoLabel.sweep_id == latest_sweep_id(session), Image.id.in_(image_ids))
        .order_by(PseudoLabel.confidence.desc(), PseudoLabel.id)
    )
    return [
        Tile(
            pseudo_label_id=label.id,
            image_id=image.id,
            thumbnail=f"/api/v1/thumbnails/{rendition.digest}",
            width=rendition.width,
            height=rendition.height,
            confidence=label.confidence,
            laterality=image.laterality,
            view=image.view,
        )
        for label, image, rendition in rows
    ]


def _undoable(session: Session, reader_id: int) -> int:
    batch = last_batch(session, reader_id)
    return 0 if batch is None else len(batch.decisions) - len(batch.lost)
