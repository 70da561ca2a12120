"""The admin's page of worklists, and in which order the seed set is read."""

import pytest
from sqlalchemy import select, update
from web import Web
from worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.learning import PseudoLabel
from app.db.reading import WorklistItem
from app.db.tables import now
from app.errors import Refused
from app.reading.double_reading import plan
from app.reading.rules import annotate
from app.reading.worklists import lease_next
from app.worklists.rules import reorder_seed, standings


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
    annotate(session, ann, image, "seed", normal, 1, "first key", now())
    kept = update(WorklistItem).where(WorklistItem.image_id == images[2])
    session.execute(kept.values(calibration=True))
    with pytest.raises(Refused, match="No sweep"):
        reorder_seed(session, "informative", 0)
    add_sweep(session, images[1:6])
    for image, confidence, conflict in (
        (images[1], 0.9, False),
        (images[3], 0.8, False),
        (images[4], 0.95, True),
        (images[5], 0.5, False),
    ):
        mine = update(PseudoLabel).where(PseudoLabel.image_id == image)
        session.execute(mine.values(confidence=confidence, conflict=conflict))
    assert reorder_seed(session, "informative", 0) == 5
    first, one, calibration, three, four, five, unswept = images
    assert order(session) == [first, four, calibration, five, three, one, unswept]


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
        annotate(session, reader, image, "seed", normal, 1, "first key", now())
        add_sweep(session, images[1:])
        counts = {each.worklist: (each.reads, each.open) for each in standings(session)}
    assert counts["seed"] == (3, 2)
    assert counts["review"] == (2, 2)
    assert counts["validation"] == (0, 0)
    admin = web.browser("Admin", "admin")
    assert "least sure of" in admin.get("/worklists").text
    answer = admin.post("/worklists/seed/order", data={"order": "random", "rng": 1})
    assert answer.status_code == 303
    assert admin.post("/worklists/seed/order", data={"order": "best"}).status_code == 422
