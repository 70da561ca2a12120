"""How far a list has come, and how much its reader has read."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import event, update
from support.double_reading import label, take, two_images
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.named_lists import NamedList
from app.db.reading import WorklistItem
from app.labels.decisions import Decision
from app.reading.progress import parts, today_and_week
from app.review.rules import decide
from app.worklists.items import lease_next

WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_list_counts_each_independent_read_made_or_open(session):
    (ann, ben, _), (normal, *_), images = two_images(session, readers=2)
    assert parts(session, "seed")[:2] == (4, 4)
    for reader in (ann, ben):
        label(session, reader, take(session, reader), normal)
    assert parts(session, "seed")[:2] == (4, 2)
    assert parts(session, "validation")[:2] == (0, 0)
    assert len(images) == 2


def test_a_read_made_meanwhile_cannot_be_counted_of_a_named_list_alone(session):
    images = add_images(session, 3)
    list_images(session, "seed", images)
    theirs = NamedList(name="theirs")
    session.add(theirs)
    session.flush()
    of_list = update(WorklistItem).where(WorklistItem.image_id.in_(images[1:]))
    session.execute(of_list.values(named_list_id=theirs.id))
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert parts(session, "seed") == (3, 3, {theirs.id: (2, 2)})
    assert len(asked) == 1


def test_review_counts_the_latest_sweep_without_what_is_read_blind(session):
    (ann,), _ = add_readers(session, 1), add_classes(session)
    images = add_images(session, 3)
    add_sweep(session, images)
    list_images(session, "seed", images[2:])
    image = lease_next(session, ann, "review", 300, WEDNESDAY)
    decide(session, ann, images.index(image) + 1, "approve", Decision(None, "a key", WEDNESDAY))
    assert parts(session, "review")[:2] == (2, 1)


def test_the_week_begins_on_monday_and_the_day_at_midnight(session):
    (ann, ben), (normal, *_) = add_readers(session, 2), add_classes(session)
    list_images(session, "seed", add_images(session, 5))
    for days in (3, 2, 1, 0):
        at = WEDNESDAY - timedelta(days=days)
        label(session, ann, take(session, ann, at=at), normal, at=at)
    label(session, ben, take(session, ben, at=WEDNESDAY), normal, at=WEDNESDAY)
    assert today_and_week(session, ann, WEDNESDAY) == (1, 3)
