"""What nobody may learn of an image that is read blind, and what follows where somebody has."""

import pytest
from sqlalchemy import select, update
from support.audit_log import events_of
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images, peek

from app.db.archive import Workspace
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Sight
from app.db.tables import now
from app.errors import Conflict, LeaseLost
from app.labels import history
from app.labels.decisions import Decision, Hold
from app.overview.rules import waiting
from app.reading.rules import annotate, skip, undo
from app.review import grid
from app.review.blind import read_blind
from app.review.rules import decide
from app.worklists.double_reading import plan
from app.worklists.items import add_items, lease_next, remaining
from app.worklists.sights import note_history

LEASE = 300


@pytest.fixture
def seed(session):
    """Three readers, the classes, and two images on the seed worklist."""
    readers, classes = add_readers(session, 3), add_classes(session)
    images = add_images(session, 2)
    list_images(session, "seed", images)
    return readers, classes, images


def take(session, reader, worklist="seed"):
    return lease_next(session, reader, worklist, LEASE, now())


def read(session, reader, class_id, worklist="seed"):
    image = take(session, reader, worklist)
    key = f"{reader} {image} {worklist} {now()}"
    annotate(session, Hold(reader, image, worklist), Decision(class_id, key, now(), 900))
    return image


def take_back(session, reader, worklist="seed"):
    return undo(session, reader, worklist, LEASE, f"undo {reader} {now()}", now())


def look(session, reader, image):
    """What a person is answered who looks at the history of an image."""
    try:
        person = session.get_one(User, reader)
        found = history.history(session, image, with_names=person.role == "admin")
    except Conflict as refusal:
        return str(refusal)
    if found.reads:
        note_history(session, person, image, now())
    return [event.class_id for event in found.reads]


@pytest.mark.parametrize("second", [0, 1, None])
def test_the_history_is_refused_alike_whether_readers_agree_or_not(session, seed, second):
    (ann, ben, cleo), classes, images = seed
    plan(session, "seed", 2, 1, 0)
    untouched = look(session, ben, images[0])
    read(session, ann, classes[0])
    assert look(session, ben, images[0]) == untouched
    read(session, ben, second if second is None else classes[second])
    assert {look(session, each, images[0]) for each in (ann, ben, cleo)} == {untouched}
    assert "without knowing" in untouched


def test_histories_open_when_double_reading_has_ended_and_nothing_is_disputed(session, seed):
    (ann, ben, cleo), (normal, abnormal, _), images = seed
    plan(session, "seed", 2, 1, 0)
    for reader, second in ((ann, normal), (ben, abnormal)):
        read(session, reader, normal)
        read(session, reader, second)
    plan(session, "seed", 2, 0, 0)
    assert "without knowing" in look(session, cleo, images[0]), "while the other is disputed"
    assert read(session, cleo, abnormal, "adjudication") == images[1]
    assert look(session, ann, images[0]) == [normal, normal]


def test_who_has_seen_what_a_colleague_took_back_is_not_handed_the_image(session, seed):
    (ann, ben, cleo), (normal, *_), images = seed
    read(session, ann, normal)
    assert look(session, ben, images[0]) == [normal]
    take_back(session, ann)
    skip(session, Hold(ann, images[0], "seed"), now())
    assert take(session, ben) == images[1]
    assert take(session, cleo) == images[0], "who has seen nothing may read it"


def test_who_has_seen_an_image_reads_it_only_where_nobody_else_can(session, seed):
    (ann, ben, cleo), (normal, *_), images = seed
    read(session, ann, normal)
    look(session, ben, images[0])
    take_back(session, ann)
    session.execute(update(User).where(User.id.in_([ann, cleo])).values(active=False))
    lease_next(session, ann, "seed", 0, now())
    assert take(session, ben) == images[0]


def test_an_admin_who_has_seen_reads_is_no_independent_reader_of_them(session, seed):
    (ann, *_), (normal, *_), images = seed
    (admin,) = add_readers(session, 1, role="admin")
    plan(session, "seed", 2, 1, 0)
    assert look(session, admin, images[0]) == [], "nobody had said anything"
    read(session, ann, normal)
    assert take(session, admin) == images[0]
    assert look(session, admin, images[0]) == [normal]
    assert take(session, admin) == images[1]
    seen = [event for event in events_of(session) if event.action == "see history"]
    assert [(event.user_id, event.subject) for event in seen] == [(admin, f"image {images[0]}")]


@pytest.mark.parametrize("what", ["reads", "labels", "pseudo-labels", "audit"])
def test_what_an_admin_has_exported_that_admin_reads_no_more_blind(web: Web, what: str):
    with web.database.begin() as session:
        (ann,), (normal, *_) = add_readers(session, 1), add_classes(session)
        list_images(session, "seed", add_images(session, 3))
        plan(session, "seed", 2, 1, 0)
        read(session, ann, normal)
    admin = web.browser("Admin", "admin")
    assert admin.get(f"/api/v1/export/{what}").status_code == 200
    desk = admin.post("/api/v1/worklists/seed/next").json()
    assert desk["item"]["film"]["image_id"] == 2
    with web.database.begin() as session:
        assert read(session, ann, normal) == 2
        assert [tuple(row) for row in session.execute(select(Sight.user_id, Sight.image_id))] == [
            (2, None)
        ]
    body = {"worklist": "seed", "class_id": 1, "idempotency_key": "a key of its own"}
    assert admin.post("/api/v1/images/2/annotations", json=body).status_code == 201, "begun before"


@pytest.fixture
def swept(session):
    """Two readers, the classes, five images in review, one on each blind worklist, all swept."""
    readers, classes = add_readers(session, 2), add_classes(session)
    reviewed, blind = add_images(session, 5, name="r"), add_images(session, 3, name="b")
    for worklist, image in zip(("seed", "validation", "audit"), blind, strict=True):
        list_images(session, worklist, [image])
    labels = add_sweep(session, [*blind, *reviewed])
    return readers, classes, reviewed, blind, labels


def in_review(session, reader):
    """The images a reader is given one after the other, none decided."""
    first = take(session, reader, "review")
    return [first, *peek(session, reader, "review", now(), 20)]


def test_what_is_read_blind_is_in_nobodys_review(session, swept):
    (ann, ben), classes, reviewed, _, _ = swept
    assert in_review(session, ann) == reviewed
    assert remaining(session, "review", ann) == 5
    assert {each.worklist: each.images for each in waiting(session, ben)}["review"] == 5
    page = grid.page_of_grid(session, ben, classes[1], LEASE, now())
    assert page.waiting[classes[1]] == 5
    assert sorted(tile.image_id for tile in page.tiles) == reviewed[1:]


def test_an_image_drawn_for_the_seed_set_leaves_review_without_a_gap(session, swept):
    (ann, _), _, reviewed, _, _ = swept
    add_items(session, "seed", [reviewed[2]])
    assert in_review(session, ann) == [*reviewed[:2], *reviewed[3:]]
    numbers = select(PseudoLabel.review_order).where(
        PseudoLabel.image_id.in_([*reviewed[:2], *reviewed[3:]])
    )
    assert sorted(session.scalars(numbers)) == [1, 2, 3, 4]


def test_who_has_decided_on_an_image_in_review_does_not_read_it_blind_after_that(session, swept):
    (ann, ben), classes, reviewed, blind, labels = swept
    assert take(session, ann, "review") == reviewed[0]
    decide(session, ann, labels[3], "approve", Decision(None, "the decision", now(), 9))
    take_back(session, ann, "review")
    skip(session, Hold(ann, reviewed[0], "review"), now())
    add_items(session, "seed", [reviewed[0]])
    assert read(session, ann, classes[0]) == blind[0]
    assert take(session, ann) is None
    assert take(session, ben) == reviewed[0]
    session.execute(update(User).where(User.id == ben).values(active=False))
    lease_next(session, ben, "seed", 0, now())
    assert take(session, ann) == reviewed[0], "nobody else reads"


def test_a_decision_that_was_in_hands_when_the_image_was_drawn_is_not_lost(session, swept):
    (ann, _), classes, reviewed, _, labels = swept
    assert take(session, ann, "review") == reviewed[0]
    add_items(session, "seed", [reviewed[0]])
    made = decide(
        session, ann, labels[3], "correct", Decision(classes[0], "the decision", now(), 9)
    )
    assert made.class_id == classes[0]


def test_a_colleagues_undone_approval_tells_a_reader_who_is_to_be_blind_nothing(session, swept):
    (ann, ben), classes, reviewed, _, labels = swept
    session.add(Workspace(blind_first=True))
    untouched = look(session, ben, reviewed[0])
    assert take(session, ann, "review") == reviewed[0]
    read_blind(session, ann, labels[3], classes[0], 9, now())
    decide(session, ann, labels[3], "approve", Decision(None, "the decision", now(), 9))
    assert look(session, ben, reviewed[0]) == untouched
    take_back(session, ann, "review")
    assert look(session, ben, reviewed[0]) == untouched
    with pytest.raises(LeaseLost):
        read_blind(session, ben, labels[3], classes[0], 9, now())


def test_where_the_labeler_looked_is_shown_of_what_is_in_review_only(web: Web):
    with web.database.begin() as session:
        add_classes(session)
        images = add_images(session, 3)
        labels = add_sweep(session, images)
        list_images(session, "seed", images[:1])
        accepted = update(PseudoLabel).where(PseudoLabel.id == labels[1])
        session.execute(accepted.values(status="accepted"))
        session.execute(update(PseudoLabel).values(attention_digest="0" * 64))
    rosa = web.browser("rosa")
    answers = [rosa.get(f"/api/v1/pseudo-labels/{label}/attention") for label in (*labels, 99)]
    assert [answer.status_code for answer in answers] == [409, 409, 404, 409]
    assert answers[2].json()["what"] == "There is no attention map of this image."
