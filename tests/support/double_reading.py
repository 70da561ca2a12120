"""What tests of independent reading do: take, label, take back, and look what it amounts to."""

from sqlalchemy import select
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.db.reading import ReferenceLabel, WorklistItem
from app.db.tables import now
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate, undo
from app.worklists.double_reading import plan
from app.worklists.items import lease_next

START = now()
LEASE = 300


def two_images(session, readers):
    """Add three readers, three classes and two images that so many readers each are to read."""
    people, classes = add_readers(session, 3), add_classes(session)
    images = add_images(session, 2)
    list_images(session, "seed", images)
    plan(session, "seed", readers=readers, share=1, rng=0)
    return people, classes, images


def take(session, reader, worklist="seed", at=START):
    return lease_next(session, reader, worklist, LEASE, at)


def label(session, reader, image, class_id, worklist="seed", at=START):
    key = f"{reader} {image} {worklist} {class_id} {at}"
    return annotate(session, Hold(reader, image, worklist), Decision(class_id, key, at, 900))


def read(session, reader, class_id, worklist="seed", at=START):
    image = take(session, reader, worklist, at)
    label(session, reader, image, class_id, worklist, at)
    return image


def take_back(session, reader, worklist="seed", at=START):
    return undo(session, reader, worklist, LEASE, f"undo {reader} {worklist} {at}", at)


def reference(session, image):
    session.expire_all()
    found = session.get(ReferenceLabel, image)
    return found and (found.class_id, found.basis)


def listed(session, worklist):
    rows = select(WorklistItem.image_id, WorklistItem.done)
    return [tuple(row) for row in session.execute(rows.where(WorklistItem.worklist == worklist))]
