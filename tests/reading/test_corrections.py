"""A read corrected later: its former answer is withdrawn with it, and blindness holds."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from support.double_reading import START, label, listed, read, reference, take, two_images
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.agreement.rules import agreement
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Annotation
from app.errors import Conflict, NotFound
from app.labels.decisions import Decision
from app.labels.findings import Remarks
from app.labels.measurements import Measurement
from app.reading.corrections import correct
from app.reading.own_reads import answer, own_reads, standing_read
from app.review.rules import decide
from app.worklists.items import lease_next
from app.worklists.sights import note_sight

TOMORROW = START + timedelta(days=1)
ANGLE = Measurement(kind="angle", points=[(0, 10), (0, 0), (10, 0)])


def say(class_id, key="correction", **remarks):
    return Decision(class_id, key, TOMORROW, 900, Remarks(**remarks))


def change(session, reader, image, decision, worklist="seed"):
    return correct(session, session.get_one(User, reader), worklist, image, decision)


def test_a_correction_takes_the_place_of_the_read_and_both_are_kept(session):
    (ann,), (normal, abnormal, _) = add_readers(session, 1), add_classes(session)
    images = add_images(session, 2)
    list_images(session, "seed", images)
    read(session, ann, normal)
    said = say(abnormal, note="Seen again.", measurements=[ANGLE])
    made = change(session, ann, images[0], said)
    assert change(session, ann, images[0], said).id == made.id, "sent twice, it counts once"
    rows = session.scalars(select(Annotation).order_by(Annotation.id)).all()
    assert [(row.class_id, row.withdraws_id) for row in rows] == [
        (normal, None),
        (None, rows[0].id),
        (abnormal, None),
    ]
    assert reference(session, images[0]) == (abnormal, "single_read")
    assert sorted(listed(session, "seed")) == [(images[0], True), (images[1], False)]
    (mine,) = own_reads(session, ann, 10)
    assert (mine.class_id, mine.note, mine.measurements) == (
        abnormal,
        "Seen again.",
        ["angle 90.0°"],
    )
    stands = standing_read(session, ann, "seed", images[0])
    assert answer(session, stands).measurements == [ANGLE]
    with pytest.raises(NotFound):
        change(session, ann, images[1], say(normal, "nothing read"))


def test_one_of_several_reads_is_corrected_freely_until_all_are_made_and_late_after(session):
    (ann, ben, _), (normal, abnormal, _), images = two_images(session, readers=2)
    read(session, ann, normal)
    change(session, ann, images[0], say(abnormal))
    read(session, ben, abnormal)
    assert [(pair.images, pair.agreeing) for pair in agreement(session).pairs] == [(1, 1)]
    late = change(session, ann, images[0], say(normal, "too late"))
    assert late.late
    assert [(pair.images, pair.agreeing) for pair in agreement(session).pairs] == [(1, 1)]
    assert listed(session, "adjudication") == [(images[0], False)]


def test_what_was_read_blind_stays_once_its_reader_has_seen_what_others_said(session):
    (ann, ben, _), (normal, abnormal, _), images = two_images(session, readers=3)
    read(session, ann, normal)
    note_sight(session, ann, None, START + timedelta(hours=1))
    change(session, ann, images[0], say(abnormal, "nobody else had said anything"))
    read(session, ben, abnormal)
    note_sight(session, ann, images[0], TOMORROW + timedelta(hours=1))
    with pytest.raises(Conflict, match="you have seen the answer of others"):
        change(session, ann, images[0], say(normal, "knows"))
    assert standing_read(session, ann, "seed", images[0]).class_id == abnormal


def test_a_corrected_review_decides_its_pseudo_label_again(session):
    (ann,), (normal, *_) = add_readers(session, 1), add_classes(session)
    images = add_images(session, 1)
    add_sweep(session, images)
    lease_next(session, ann, "review", 300, START)
    label_id = session.scalars(select(PseudoLabel.id)).one()
    decide(session, ann, label_id, "approve", Decision(None, "first decision", START))
    made = change(session, ann, images[0], say(normal), "review")
    session.expire_all()
    decided = session.get_one(PseudoLabel, label_id)
    assert (decided.status, decided.annotation_id) == ("corrected", made.id)
    change(session, ann, images[0], say(None, "unusable"), "review")
    session.expire_all()
    assert session.get_one(PseudoLabel, label_id).status == "rejected"
    assert reference(session, images[0]) is None


def test_own_reads_come_page_by_page_and_nobody_elses(session):
    (ann, ben), (normal, *_) = add_readers(session, 2), add_classes(session)
    images = add_images(session, 5)
    list_images(session, "seed", images)
    for number in range(5):
        reader = ben if number == 2 else ann
        image = take(session, reader, at=START)
        label(session, reader, image, normal, at=START + timedelta(seconds=number // 2))
    newest_first = [images[4], images[3], images[1], images[0]]
    first = own_reads(session, ann, 2)
    rest = own_reads(session, ann, 9, before=first[-1].id)
    assert [each.image_id for each in first + rest] == newest_first
