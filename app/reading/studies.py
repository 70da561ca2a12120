"""One decision for a whole study."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image
from app.db.reading import Annotation
from app.worklists import leases
from app.worklists.queues import Queue

A_MOMENT = 60
"""Seconds of the leases the other images are taken with; they are given back at once."""


def study_mates(session: Session, read: Annotation) -> list[Annotation]:
    """Lease the other images of a read's study and return the same read of each, unsaved.

    Those that are open to the reader on the worklist and in nobody else's hands. All images of the
    study are locked, in one order: two readers may decide on it at once.

    Args:
        read: of the image shown, unsaved; the reader is locked.
    """
    study = select(Image.study_id).where(Image.id == read.image_id).scalar_subquery()
    mates = select(Image.id).where(Image.study_id == study).order_by(Image.id)
    images = session.scalars(mates.with_for_update(key_share=True)).all()
    queue = Queue(read.worklist)  # type: ignore[arg-type]
    others = [image_id for image_id in images if image_id != read.image_id]
    free = queue.free_for(read.reader_id, read.at).where(queue.image.in_(others))
    free = free.with_for_update(of=queue.table, skip_locked=True)
    reads: dict[int, Annotation] = {}
    for image_id, turn, _ in session.execute(free).all():
        if image_id in reads or not leases.take(
            session, read.reader_id, image_id, read.worklist, A_MOMENT, read.at, turn
        ):
            continue
        reads[image_id] = Annotation(
            image_id=image_id,
            reader_id=read.reader_id,
            worklist=read.worklist,
            class_id=read.class_id,
            unusable=read.unusable,
            reason=read.reason,
            idempotency_key=f"{read.idempotency_key} {image_id}",
            at=read.at - timedelta(microseconds=1),
        )
    return list(reads.values())
