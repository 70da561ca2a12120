"""What is to be read, and in which order: the worklists and their next image."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from app import renditions
from app.db.asking import ask
from app.db.clock import moment
from app.db.reading import WorklistItem
from app.worklists import double_reading, leases, queues
from app.worklists.filters import EVERYTHING, Filter
from app.worklists.queues import Place, WorklistName
from app.worklists.review_order import order_latest_review

COUNTED_AT_MOST = 1_000
"""A longer worklist is not counted to its end: that would cost more than a reader's wait."""


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
    read = lease_read(session, reader_id, worklist, lease_seconds, now)
    return read and read[0]


def lease_read(
    session: Session,
    reader_id: int,
    worklist: WorklistName,
    lease_seconds: int,
    now: datetime,
    wanted: Filter = EVERYTHING,
    keep: int | None = None,
) -> tuple[int, int] | None:
    """Do as `lease_next` for a reader who is locked; return the image and the turn.

    Args:
        lease_seconds: how long the image is kept.
        now: the present moment, UTC.
        wanted: what the reader wants to see; an image held that is none of it is given back.
        keep: the image held that stays, wanted or not: the one of an undo.
    """
    asked = {"reader_id": reader_id, "now": now} | wanted.values
    held = leases.held(session, reader_id, worklist)
    for image_id, turn in held:
        mine = asked | {"image_id": image_id, "turn": turn}
        own = queues.own(worklist, () if image_id == keep else wanted.asked)
        still = ask(session, own, mine).first()
        if still and leases.take(session, reader_id, image_id, worklist, lease_seconds, now, turn):
            return image_id, turn
    if held:
        leases.drop_all(session, reader_id, worklist)
    for statement in (queues.first, queues.first_skipped):
        reads = statement(worklist, wanted.asked)
        if taken := _take(session, reads, asked, worklist, lease_seconds):
            return taken
    reads = queues.first_locked(worklist, wanted.asked)
    own = queues.own(worklist, wanted.asked)
    while taken := _take(session, reads, asked, worklist, lease_seconds):
        # Nothing kept its holder from deciding it meanwhile.
        if ask(session, own, asked | {"image_id": taken[0], "turn": taken[1]}).first():
            return taken
        leases.drop(session, reader_id, taken[0], worklist)
    return None


def _take(
    session: Session,
    reads: Select[*Place],
    asked: Mapping[str, Any],
    worklist: WorklistName,
    lease_seconds: int,
) -> tuple[int, int] | None:
    """Lease the first of the reads that a statement selects; None where there is none."""
    taken = leases.take_first(session, reads, asked, worklist, lease_seconds)
    # Nothing taken may mean that another reader was faster.
    while taken is None and ask(session, reads, asked).first():
        taken = leases.take_first(session, reads, asked, worklist, lease_seconds)
    return None if taken is None else (taken[0], taken[1])


def remaining(
    session: Session, worklist: WorklistName, reader_id: int, at_most: int = COUNTED_AT_MOST
) -> int:
    """Count the open reads of a worklist that are not on a named list of others, up to `at_most`.

    Images in readers' hands count: they may come back. An image that several readers read
    independently counts once for each of them.
    """
    counted = queues.counted(worklist, at_most)
    return min(session.scalar(counted, {"reader_id": reader_id}) or 0, at_most)


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
    renditions.want(session, images, moment(session))
    if worklist == "seed":
        # Those of them that were in review leave it.
        order_latest_review(session)
    return len(images)
