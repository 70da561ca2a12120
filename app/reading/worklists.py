"""What is to be read, and in which order: the worklists and their next image."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.db.archive import Image, Patient
from app.db.learning import PseudoLabel, Sweep
from app.db.people import User
from app.db.reading import Annotation, Lease, Skip, WorklistItem
from app.errors import Refused
from app.reading import double_reading, leases
from app.reading.reads import stands
from app.statistics.splits import CALIBRATION_PATIENTS, draw_calibration, draw_seed

WorklistName = Literal["seed", "validation", "audit", "adjudication", "review"]

COUNTED_AT_MOST = 10_000
"""A longer worklist is not counted to its end: that would cost more than a reader's wait."""


class Queue:
    """The open reads of one worklist: where they stand, and what makes them open.

    Args:
        session: to find the latest sweep whose acceptance rule has spoken, for `review`.
        worklist: `seed`, `validation`, `audit`, `adjudication`, or `review`: the pseudo-labels
            that need it.
    """

    def __init__(self, session: Session, worklist: WorklistName) -> None:
        self.worklist = worklist
        self.table: type[PseudoLabel | WorklistItem]
        self.position: InstrumentedAttribute[Any]
        self.order: tuple[SQLColumnExpression[Any], ...]
        self.turn: SQLColumnExpression[int]
        if worklist == "review":
            self.table, self.position = PseudoLabel, PseudoLabel.review_order
            self.turn, self.order = literal(1), (PseudoLabel.review_order,)
            listed = PseudoLabel.sweep_id == latest_sweep(session)
            self.open = and_(listed, PseudoLabel.status == "needs_review")
        else:
            self.table, self.position = WorklistItem, WorklistItem.position
            self.turn = WorklistItem.turn
            self.order = (WorklistItem.position, WorklistItem.turn)
            self.open = and_(WorklistItem.worklist == worklist, WorklistItem.done.is_(False))
        self.image = self.table.image_id

    def unread_by(self, reader_id: int) -> Select[int, int]:
        """Select the open images, with their turn, that are for this reader.

        Those the reader has not read on this worklist. To adjudicate, those the reader has not
        read at all, as long as there is anybody else who reads and has not.
        """
        reads = Annotation.image_id == self.image, stands(Annotation)
        own = exists().where(*reads, Annotation.reader_id == reader_id)
        open_reads = select(self.image, self.turn).where(self.open)
        if self.worklist == "adjudication":
            return open_reads.where(or_(~own, ~self._someone_unbiased()))
        return open_reads.where(~own.where(Annotation.worklist == self.worklist))

    def free_for(self, reader_id: int, now: datetime) -> Select[int, int]:
        """Select the unread images in no other reader's hands, in order."""
        elsewhere = exists().where(
            Lease.image_id == self.image,
            Lease.turn == self.turn,
            Lease.reader_id != reader_id,
            Lease.expires_at > now,
        )
        return self.unread_by(reader_id).where(~elsewhere).order_by(*self.order)

    def _someone_unbiased(self) -> ColumnElement[bool]:
        """Return the condition that an active person who reads has read nothing of the image."""
        reading, own = aliased(Annotation), aliased(Annotation)
        has_read = exists().where(own.image_id == self.image, own.reader_id == User.id, stands(own))
        return exists().where(
            User.active,
            exists().where(reading.reader_id == User.id),
            ~has_read.correlate_except(own),
        )

    def skip_of(self, reader_id: int) -> ColumnElement[bool]:
        """Return the condition that a Skip row is this reader's for this image."""
        return and_(
            Skip.reader_id == reader_id,
            Skip.worklist == self.worklist,
            Skip.image_id == self.image,
        )


def draw_seed_set(session: Session, patients: int, rng: int) -> int:
    """Draw development patients at random and put all their images on the seed worklist.

    Some of them are kept out of the labeler's training, to choose later what to accept. A second
    draw adds patients that are not on the list yet, after those that are.

    Args:
        patients: how many patients to draw.
        rng: the seed; the same seed draws the same patients in the same order.

    Returns:
        How many images were added.

    Raises:
        Refused: if so many patients cannot be drawn.
    """
    images = not_in_seed(session)
    order = draw_seed(list(images), patients, rng)
    own = {patient: list(images[patient]) for patient in order}
    kept_out = draw_calibration(own, rng, at_most=calibration_left(session))
    calibration = {images[patient][key] for patient, key in kept_out.items()}
    ordered = [image for patient in order for image in images[patient].values()]
    return add_items(session, "seed", ordered, calibration)


def not_in_seed(session: Session) -> dict[str, dict[str, int]]:
    """Return what a seed set can be drawn from: {patient key: {image key: image id}}."""
    listed = _listed("seed", Image.patient_id)
    return _images(session, "development", Patient.id.not_in(listed))


def calibration_left(session: Session) -> int:
    """Return how many more patients may be kept out of the labeler's training."""
    kept_out = WorklistItem.worklist == "seed", WorklistItem.calibration
    listed = session.scalar(select(func.count()).where(*kept_out))
    return CALIBRATION_PATIENTS - (listed or 0)


def open_validation(session: Session) -> int:
    """Put every image of the validation split on its worklist, in random order by patient.

    Import order could tell the reader the class, where an archive is sorted into folders.

    Returns:
        How many images were added.

    Raises:
        Refused: if there is no validation image that is not on the list already.
    """
    images = _images(session, "validation", Image.id.not_in(_listed("validation", Image.id)))
    if not images:
        raise Refused(
            "There is no validation image to add to the worklist.",
            "validation",
            "Import images with validation patients first.",
        )
    order = draw_seed(list(images), len(images), rng=0)
    ordered = [image for patient in order for image in images[patient].values()]
    return add_items(session, "validation", ordered)


def lease_next(
    session: Session, reader_id: int, worklist: WorklistName, lease_seconds: int, now: datetime
) -> int | None:
    """Give a reader the next image of a worklist and keep it for them for a while.

    The reader's own image comes first, so that a reload shows the same film; then images nobody
    holds, in order; last those this reader skipped, the longest ago first. A reader holds at most
    one image of a worklist.

    Args:
        lease_seconds: how long the image is kept.
        now: the present moment, UTC.

    Returns:
        The image's id, or None if nothing is left for this reader at the moment.
    """
    leases.lock_reader(session, reader_id)
    queue = Queue(session, worklist)
    for own, turn in leases.held(session, reader_id, worklist):
        mine = queue.image == own, queue.turn == turn
        still = session.execute(queue.free_for(reader_id, now).where(*mine)).first()
        if still and leases.take(session, reader_id, own, worklist, lease_seconds, now, turn):
            return own
    leases.drop_all(session, reader_id, worklist)
    while first := _first_free(session, queue, reader_id, now):
        image_id, turn = first
        if leases.take(session, reader_id, image_id, worklist, lease_seconds, now, turn):
            return image_id
    return None


def peek(
    session: Session, reader_id: int, worklist: WorklistName, now: datetime, count: int = 2
) -> list[int]:
    """Return the images this reader would be given after the present one, without leasing them.

    Args:
        now: the present moment, UTC.
        count: how many to look ahead.

    Returns:
        Image ids, the nearest first.
    """
    queue = Queue(session, worklist)
    passed = exists().where(queue.skip_of(reader_id))
    held = exists().where(Lease.image_id == queue.image, Lease.reader_id == reader_id)
    ahead = (
        queue.free_for(reader_id, now)
        .where(~held, ~passed)
        .limit(count * double_reading.MOST_READERS)
    )
    # Several turns of one image may be open; this reader will be given one of them.
    return list(dict.fromkeys(session.scalars(ahead)))[:count]


def remaining(session: Session, worklist: WorklistName) -> int:
    """Count the open reads of a worklist, up to `COUNTED_AT_MOST`.

    Images in readers' hands count: they may come back. An image that several readers read
    independently counts once for each of them.
    """
    queue = Queue(session, worklist)
    counted = select(queue.image).where(queue.open).limit(COUNTED_AT_MOST).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def latest_sweep(session: Session) -> int | None:
    """Return the latest sweep whose acceptance rule has spoken, or None."""
    return session.scalar(select(Sweep.id).where(Sweep.selected).order_by(Sweep.id.desc()).limit(1))


def _first_free(
    session: Session, queue: Queue, reader_id: int, now: datetime
) -> Row[int, int] | None:
    """Lock and return the first image for a reader, with its turn; passes over others' locks."""
    free = queue.free_for(reader_id, now).limit(1)
    free = free.with_for_update(of=queue.table, skip_locked=True)
    skip = queue.skip_of(reader_id)
    first = session.execute(free.where(~exists().where(skip))).first()
    if first is not None:
        return first
    skipped = free.join(Skip, skip).order_by(None).order_by(Skip.at, Skip.id)
    return session.execute(skipped).first()


def _listed(worklist: str, column: InstrumentedAttribute[int]) -> Select[int]:
    return (
        select(column)
        .join(WorklistItem, WorklistItem.image_id == Image.id)
        .where(WorklistItem.worklist == worklist)
    )


def _images(session: Session, split: str, wanted: ColumnElement[bool]) -> dict[str, dict[str, int]]:
    """Return the wanted images of a split: {patient key: {image key: image id}}."""
    rows = session.execute(
        select(Patient.key, Image.key, Image.id)
        .join(Patient, Patient.id == Image.patient_id)
        .where(Patient.split == split, wanted)
        .order_by(Image.key)
    )
    images: dict[str, dict[str, int]] = {}
    for patient, image, image_id in rows:
        images.setdefault(patient, {})[image] = image_id
    return images


def add_items(
    session: Session, worklist: str, images: list[int], calibration: Collection[int] = ()
) -> int:
    """Put images at the end of a worklist, in this order; return how many they are.

    Args:
        calibration: those of them that are kept out of the labeler's training.
    """
    last = session.scalar(
        select(func.max(WorklistItem.position)).where(WorklistItem.worklist == worklist)
    )
    first = 1 if last is None else last + 1
    session.execute(
        insert(WorklistItem),
        [
            {
                "worklist": worklist,
                "image_id": image_id,
                "position": position,
                "calibration": image_id in calibration,
            }
            for position, image_id in enumerate(images, first)
        ],
    )
    double_reading.apply(session, worklist)
    return len(images)
