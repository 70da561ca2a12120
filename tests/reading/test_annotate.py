from datetime import timedelta

import pytest
from sqlalchemy import func, select
from support.audit_log import events_of
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.db.reading import Annotation, Lease, ReferenceLabel, WorklistItem
from app.db.tables import now
from app.errors import Conflict, LeaseLost, NotFound
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate, skip, undo
from app.worklists.items import lease_next, remaining

START = now()
LEASE = 300


@pytest.fixture
def reading(session):
    """Two readers, three classes and four images on the seed worklist."""
    readers, classes = add_readers(session, 2), add_classes(session)
    images = add_images(session, 4)
    list_images(session, "seed", images)
    return readers, classes, images


def take(session, reader, at=START, worklist="seed"):
    return lease_next(session, reader, worklist, LEASE, at)


def label(session, reader, image, class_id, key="", at=START, worklist="seed"):
    key = key or f"{reader} {image} {worklist} {class_id} {at}"
    return annotate(session, Hold(reader, image, worklist), Decision(class_id, key, at, 900))


def take_back(session, reader, key, at=START, worklist="seed"):
    return undo(session, reader, worklist, LEASE, key, at)


def reference(session, image):
    session.expire_all()
    found = session.get(ReferenceLabel, image)
    return found and (found.class_id, found.basis)


def test_a_label_closes_the_item_and_becomes_the_reference(session, reading):
    (ann, _), (normal, *_), images = reading
    read = label(session, ann, take(session, ann), normal)
    assert (read.class_id, read.milliseconds, read.worklist) == (normal, 900, "seed")
    assert reference(session, images[0]) == (normal, "single_read")
    item = session.scalar(select(WorklistItem).where(WorklistItem.image_id == images[0]))
    assert item.done
    assert session.get(Lease, (images[0], 1)) is None
    (event,) = events_of(session)
    assert (event.user_id, event.action, event.subject) == (ann, "label", f"image {images[0]}")


def test_an_image_not_in_my_hands_cannot_be_labelled(session, reading):
    (ann, ben), (normal, *_), images = reading
    with pytest.raises(LeaseLost):
        label(session, ann, images[3], normal)
    take(session, ann)
    with pytest.raises(LeaseLost, match="another reader"):
        label(session, ben, images[0], normal)


def test_a_lease_that_ran_out_but_nobody_took_still_counts(session, reading):
    (ann, _), (normal, *_), _ = reading
    image = take(session, ann)
    assert label(session, ann, image, normal, at=START + timedelta(hours=1)).id


def test_a_lease_somebody_took_over_is_lost(session, reading):
    (ann, ben), (normal, *_), _ = reading
    image = take(session, ann)
    assert take(session, ben, START + timedelta(seconds=LEASE + 1)) == image
    with pytest.raises(LeaseLost):
        label(session, ann, image, normal)


def test_a_class_outside_the_label_set_is_refused(session, reading):
    (ann, _), _, _ = reading
    with pytest.raises(NotFound, match="no such class"):
        label(session, ann, take(session, ann), 99)


def test_a_repeated_request_gets_the_first_answer(session, reading):
    (ann, ben), (normal, abnormal, _), images = reading
    take(session, ann)
    first = label(session, ann, images[0], normal, key="k")
    assert label(session, ann, images[0], normal, key="k").id == first.id
    assert session.scalar(select(func.count(Annotation.id))) == 1
    with pytest.raises(Conflict, match="idempotency"):
        label(session, ann, images[0], abnormal, key="k")
    take(session, ben)
    assert label(session, ben, images[1], normal, key="k").id != first.id


def test_a_repeated_skip_is_no_error_but_a_lost_one_is(session, reading):
    (ann, _), _, images = reading
    take(session, ann)
    skip(session, Hold(ann, images[0], "seed"), START)
    skip(session, Hold(ann, images[0], "seed"), START)
    with pytest.raises(LeaseLost):
        skip(session, Hold(ann, images[1], "seed"), START)


def test_undo_shows_the_image_again_and_takes_its_label_back(session, reading):
    (ann, ben), (normal, abnormal, _), images = reading
    label(session, ann, take(session, ann), normal)
    take(session, ann)
    assert take_back(session, ann, "u") == images[0]
    assert reference(session, images[0]) is None
    assert take(session, ann) == images[0]
    assert take(session, ben) == images[1]
    label(session, ann, images[0], abnormal)
    assert reference(session, images[0]) == (abnormal, "single_read")
    assert session.scalar(select(func.count(Annotation.id))) == 3


def test_undo_goes_back_any_number_of_steps_and_stops_at_the_first(session, reading):
    (ann, _), (normal, *_), images = reading
    for _ in images:
        label(session, ann, take(session, ann), normal)
    for step, image in enumerate(reversed(images)):
        assert take_back(session, ann, f"u{step}") == image
    with pytest.raises(Conflict, match="nothing to undo"):
        take_back(session, ann, "u9")
    assert remaining(session, "seed", ann) == 4
    assert take(session, ann) == images[0]


def test_a_repeated_undo_takes_nothing_else_back(session, reading):
    (ann, _), (normal, *_), images = reading
    for _ in range(2):
        label(session, ann, take(session, ann), normal)
    assert take_back(session, ann, "u") == take_back(session, ann, "u") == images[1]
    assert reference(session, images[0]) == (normal, "single_read")


def test_undo_is_the_readers_own(session, reading):
    (ann, ben), (normal, *_), _ = reading
    label(session, ann, take(session, ann), normal)
    with pytest.raises(Conflict, match="nothing to undo"):
        take_back(session, ben, "u")


def test_reads_of_two_readers_agree_or_the_latest_decides(session, reading):
    (ann, ben), (normal, abnormal, _), images = reading
    list_images(session, "validation", [images[0]])
    label(session, ann, take(session, ann), normal)
    take(session, ben, worklist="validation")
    label(session, ben, images[0], normal, worklist="validation")
    assert reference(session, images[0]) == (normal, "agreement")
    take_back(session, ben, "u", worklist="validation")
    assert reference(session, images[0]) == (normal, "single_read")
    later = START + timedelta(minutes=1)
    label(session, ben, images[0], abnormal, worklist="validation", at=later)
    assert reference(session, images[0]) == (abnormal, "single_read")
