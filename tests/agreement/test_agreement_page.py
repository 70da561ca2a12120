"""What an admin learns of readers who read the same images independently."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.agreement.rules import agreement, plans, progress
from app.db.reading import Annotation, WorklistItem
from app.db.tables import now
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.worklists.double_reading import plan
from app.worklists.items import lease_next

SAID = {
    # image number: the classes three readers chose; None is no label
    0: (0, 0, 0),
    1: (1, 1, 1),
    2: (0, 0, 1),
    3: (2, 2, 2),
    4: (1, 1, None),
    5: (0, 0, 0),
}


def read_all(session: Session) -> list[int]:
    """Let three readers read six images, two of them differently."""
    readers, classes = add_readers(session, 3), add_classes(session)
    images = add_images(session, 6, per_patient=2)
    list_images(session, "seed", images)
    plan(session, "seed", readers=3, share=1, rng=0)
    for reader, place in zip(readers, range(3), strict=True):
        for number, said in SAID.items():
            assert lease_next(session, reader, "seed", 300, now()) == images[number]
            chosen = None if said[place] is None else classes[said[place]]
            key = f"{reader} {number} key"
            annotate(session, Hold(reader, images[number], "seed"), Decision(chosen, key, now(), 1))
    return readers


def test_every_figure_follows_from_the_reads(session):
    read_all(session)
    found = agreement(session)
    assert found.categories == ["normal", "abnormal", "arthroplasty", "no label"]
    assert found.images == 6
    # Of the 18 pairs of reads 14 agree; each image weighs the same.
    assert found.overall.observed == pytest.approx((4 + 2 / 3) / 6)
    assert found.of_class["arthroplasty"].value == 1
    assert found.together[0] == [10 - 3, 2, 0, 0]
    assert found.together[1] == [0, 3 + 1, 0, 2]
    assert sum(map(sum, found.together)) == 18
    first, second, third = found.readers
    assert (first.one, first.images, first.reads, first.agreeing) == ("reader 0", 6, 12, 10)
    assert (third.reads, third.agreeing) == (12, 8)
    assert [(pair.one, pair.other, pair.agreeing) for pair in found.pairs] == [
        ("reader 0", "reader 1", 6),
        ("reader 0", "reader 2", 4),
        ("reader 1", "reader 2", 4),
    ]
    assert found.pairs[0].kappa.value == 1
    assert found.matrices["reader 0", "reader 2"][0] == [2, 1, 0, 0]
    assert second.kappa.value == first.kappa.value


def test_withdrawn_and_single_reads_do_not_count(session):
    readers = read_all(session)
    last = session.scalars(
        select(Annotation).where(Annotation.reader_id == readers[2]).order_by(Annotation.id.desc())
    ).first()
    session.add(
        Annotation(
            image_id=last.image_id,
            reader_id=readers[2],
            worklist="seed",
            withdraws_id=last.id,
            idempotency_key="withdrawal",
        )
    )
    session.flush()
    assert agreement(session).readers[2].images == 5
    assert agreement(session, ["validation"]) is None


def test_what_the_adjudicator_upheld_is_counted_by_reader(session):
    read_all(session)
    judge = add_readers(session, 1, "admin")[0]
    disputed = session.scalars(
        select(WorklistItem.image_id).where(WorklistItem.worklist == "adjudication")
    ).all()
    assert len(disputed) == 2
    image = lease_next(session, judge, "adjudication", 300, now())
    annotate(session, Hold(judge, image, "adjudication"), Decision(1, "judge's key", now(), 1))
    shares = agreement(session).adjudicated
    assert {name: (share.upheld, share.of) for name, share in shares.items()} == {
        "reader 0": (1, 1),
        "reader 1": (1, 1),
        "reader 2": (0, 1),
    }
    assert plans(session, progress(session))[0].progress.waiting == 1


def test_an_admin_sees_the_figures_and_sets_the_plan(web: Web):
    with web.database.begin() as session:
        read_all(session)
    admin = web.browser("Admin", "admin")
    page = admin.get("/agreement").text
    assert "reader 0, reader 2" in page
    assert "6 of 6 images are read more than once; 6 of them are done, 2 wait" in page
    form = {"worklist": "seed", "readers": 4, "percent": 50, "rng": 3}
    assert admin.post("/double-reading", data=form).status_code == 303
    with web.database.begin() as session:
        (seed, validation) = plans(session, progress(session))
    assert (seed.readers, seed.share, seed.rng, validation.share) == (4, 0.5, 3, 0)
    assert admin.post("/double-reading", data=form | {"readers": 1}).status_code == 422
    assert admin.get("/agreement?worklist=validation").text.count("No image has two") == 1
