"""The admin's page of worklists, and in which order the seed set is read."""

import numpy as np
import pytest
from sqlalchemy import select, update
from support.audit_log import events_of
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.archive import Workspace
from app.db.learning import PseudoLabel, Sweep
from app.db.reading import WorklistItem
from app.db.tables import now
from app.errors import Refused
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.worklists.double_reading import plan
from app.worklists.items import lease_next
from app.worklists.orders import reorder_review, reorder_seed
from app.worklists.review_order import order_review
from app.worklists.rules import standings


def order(session):
    rows = session.execute(
        select(WorklistItem.image_id)
        .where(WorklistItem.worklist == "seed", WorklistItem.turn == 1)
        .order_by(WorklistItem.position)
    )
    return [image for (image,) in rows]


def test_what_the_sweep_is_least_sure_of_comes_first_and_calibration_stays(session):
    (ann,), (normal, *_) = add_readers(session, 1), add_classes(session)
    images = add_images(session, 7)
    list_images(session, "seed", images)
    image = lease_next(session, ann, "seed", 300, now())
    annotate(session, Hold(ann, image, "seed"), Decision(normal, "first key", now(), 1))
    kept = update(WorklistItem).where(WorklistItem.image_id == images[2])
    session.execute(kept.values(calibration=True))
    with pytest.raises(Refused, match="No sweep"):
        reorder_seed(session, "informative", 0)
    add_sweep(session, images[1:6])
    sure = [(0.9, False), (0.8, False), (0.95, True), (0.5, False)]
    about(session, [images[1], *images[3:6]], sure)
    assert reorder_seed(session, "informative", 0) == 5
    first, one, calibration, three, four, five, unswept = images
    assert order(session) == [first, four, calibration, five, three, one, unswept]


def test_the_seed_set_can_be_read_by_confidence_alone_or_as_it_was_imported(session):
    add_readers(session, 1)
    add_classes(session)
    images = add_images(session, 4)
    list_images(session, "seed", images[::-1])
    with pytest.raises(Refused, match="No sweep"):
        reorder_seed(session, "least_sure", 0)
    reorder_seed(session, "oldest", 0)
    assert order(session) == images
    add_sweep(session, images[:3])
    about(session, images, [(0.9, True), (0.4, False), (0.6, False)])
    reorder_seed(session, "least_sure", 0)
    assert order(session) == [images[1], images[2], images[0], images[3]]


def about(session, images, said):
    for image, (confidence, conflict) in zip(images, said, strict=False):
        mine = update(PseudoLabel).where(PseudoLabel.image_id == image)
        session.execute(mine.values(confidence=confidence, conflict=conflict))


def under_review(session):
    rows = select(PseudoLabel.image_id).where(PseudoLabel.status == "needs_review")
    return list(session.scalars(rows.order_by(PseudoLabel.sweep_id, PseudoLabel.review_order)))


def swept(session, count):
    """Add a reader and images that are all in review; return the images."""
    add_readers(session, 1)
    add_classes(session)
    images = add_images(session, count)
    add_sweep(session, images)
    return images


@pytest.fixture
def review(session):
    """A reader and five images in review; the last but one is a near copy of another."""
    images = swept(session, 5)
    about(session, images, [(0.8, False), (0.9, True), (0.5, False), (0.4, False), (0.7, False)])
    copy = update(PseudoLabel).where(PseudoLabel.image_id == images[3])
    session.execute(copy.values(near_copy=True))
    return images


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ("informative", [1, 2, 4, 0, 3]),
        ("least_sure", [2, 4, 0, 1, 3]),
        ("oldest", [0, 1, 2, 4, 3]),
    ],
)
def test_review_begins_with_what_the_admin_says(session, review, wanted, places):
    reorder_review(session, wanted, 0)
    assert under_review(session) == [review[place] for place in places]
    assert lease_next(session, 1, "review", 300, now()) == review[places[0]]
    (event,) = (each for each in events_of(session) if each.action == "order worklist")
    assert (event.subject, event.details["order"]) == ("review", wanted)


def test_a_drawn_order_follows_its_seed_on_every_database_and_holds_for_what_comes_later(session):
    images = swept(session, 12)
    reorder_review(session, "random", 7)
    drawn = under_review(session)
    assert [images.index(image) + 1 for image in drawn] == [7, 8, 5, 3, 4, 1, 10, 11, 12, 6, 9, 2]
    reorder_review(session, "random", 8)
    assert under_review(session) != drawn
    reorder_review(session, "random", 7)
    back = update(PseudoLabel).where(PseudoLabel.image_id == drawn[4])
    session.execute(back.values(status="accepted"))
    session.execute(back.values(status="needs_review", review_order=None))
    order_review(session, session.scalar(select(Sweep.id)))
    assert under_review(session) == drawn
    session.execute(update(PseudoLabel).values(status="approved"))
    add_sweep(session, images)
    order_review(session, max(session.scalars(select(Sweep.id))))
    assert under_review(session) == drawn


def test_a_drawn_order_is_as_good_as_any_other(session):
    images = swept(session, 400)
    reorder_review(session, "random", 0)
    place = {image: number for number, image in enumerate(under_review(session))}
    drawn = np.array([place[image] for image in images])
    assert sorted(drawn) == list(range(400))
    assert abs(np.corrcoef(drawn, np.arange(400))[0, 1]) < 0.15
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.15
    assert 0.4 < np.mean(np.diff(drawn) > 0) < 0.6


def test_an_order_chosen_before_the_first_sweep_waits_for_it(session):
    add_readers(session, 1)
    add_classes(session)
    reorder_review(session, "oldest", 0)
    images = add_images(session, 3)
    add_sweep(session, images[::-1])
    order_review(session, session.scalar(select(Sweep.id)))
    assert under_review(session) == images
    assert session.scalar(select(Workspace.blind_first)) is False


def test_all_turns_of_an_image_move_together_and_a_shuffle_follows_its_seed(session):
    add_readers(session, 1)
    images = add_images(session, 30)
    list_images(session, "seed", images)
    plan(session, "seed", 2, 1, 0)
    reorder_seed(session, "random", 5)
    shuffled = order(session)
    assert sorted(shuffled) == images != shuffled
    places = session.execute(select(WorklistItem.image_id, WorklistItem.position).distinct()).all()
    assert len(places) == 30
    reorder_seed(session, "random", 5)
    again = order(session)
    reorder_seed(session, "random", 6)
    assert again == shuffled != order(session)


def test_the_page_says_how_much_is_on_each_worklist(web: Web):
    with web.database.begin() as session:
        (reader,), (normal, *_) = add_readers(session, 1), add_classes(session)
        images = add_images(session, 3)
        list_images(session, "seed", images)
        image = lease_next(session, reader, "seed", 300, now())
        annotate(session, Hold(reader, image, "seed"), Decision(normal, "first key", now(), 1))
        add_sweep(session, [*images[1:], *add_images(session, 2, name="swept")])
        counts = {each.worklist: (each.reads, each.open) for each in standings(session)}
    assert counts["seed"] == (3, 2)
    assert counts["review"] == (2, 2)
    assert counts["validation"] == (0, 0)
    admin = web.browser("Admin", "admin")
    assert "least sure of" in admin.get("/worklists").text
    answer = admin.post("/worklists/seed/order", data={"order": "random", "rng": 1})
    assert answer.status_code == 303
    assert admin.post("/worklists/seed/order", data={"order": "best"}).status_code == 422
    answer = admin.post("/worklists/review/order", data={"order": "oldest", "rng": 3})
    assert answer.status_code == 303
    assert "<td>what was imported first</td>" in admin.get("/worklists").text
    assert admin.post("/worklists/review/order", data={"order": "best"}).status_code == 422
