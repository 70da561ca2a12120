"""An independent read that is changed after all were made: the change is kept, not compared."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from support.double_reading import (
    LEASE,
    START,
    label,
    listed,
    read,
    reference,
    take,
    take_back,
    two_images,
)

from app.agreement.rules import agreement
from app.db.reading import Annotation
from app.labels.decisions import Hold
from app.reading.desk import next_on_desk
from app.reading.rules import skip
from app.worklists.double_reading import plan


@pytest.fixture
def doubled(session):
    """Three readers, three classes and two images that two readers each are to read."""
    return two_images(session, readers=2)


@pytest.fixture
def by_three(session):
    """As `doubled`, but each image is to be read by three."""
    return two_images(session, readers=3)


def compared(session):
    """What each reader is compared by, as the page of agreement has it: (images, agreeing)."""
    found = agreement(session)
    return found and [(pair.images, pair.agreeing) for pair in found.pairs]


def test_a_read_taken_back_before_all_are_made_is_as_if_it_had_never_been(session, by_three):
    (ann, ben, cleo), (normal, abnormal, _), images = by_three
    read(session, ann, normal)
    read(session, ben, abnormal)
    assert take_back(session, ben) == images[0]
    label(session, ben, images[0], normal, at=START + timedelta(seconds=1))
    read(session, cleo, normal)
    assert reference(session, images[0]) == (normal, "agreement")
    assert compared(session) == [(1, 1)] * 3
    assert not any(session.scalars(select(Annotation.late)))


def test_a_read_changed_after_all_are_made_is_kept_and_stays_out_of_the_comparison(
    session, doubled
):
    (ann, ben, cleo), (normal, abnormal, _), images = doubled
    read(session, ann, normal)
    read(session, ben, abnormal)
    before = compared(session)
    assert take_back(session, ben) == images[0]
    assert compared(session) == before == [(1, 0)]
    assert listed(session, "adjudication") == [(images[0], False)]
    later = label(session, ben, images[0], normal, at=START + timedelta(seconds=1))
    assert (later.late, later.class_id) == (True, normal)
    assert compared(session) == before
    assert listed(session, "adjudication") == [(images[0], False)]
    assert reference(session, images[0]) is None
    read(session, cleo, normal)
    desk = next_on_desk(session, cleo, "adjudication", LEASE, START)
    assert [opinion.class_id for opinion in desk.item.opinions] == [normal, abnormal]


def test_who_slipped_where_both_agreed_sends_the_image_to_an_adjudicator(session, doubled):
    (ann, ben, _), (normal, abnormal, _), images = doubled
    read(session, ann, abnormal)
    read(session, ben, abnormal)
    assert reference(session, images[0]) == (abnormal, "agreement")
    take_back(session, ben)
    assert listed(session, "adjudication") == [(images[0], False)]
    label(session, ben, images[0], abnormal, at=START + timedelta(seconds=1))
    assert listed(session, "adjudication") == []
    assert reference(session, images[0]) == (abnormal, "agreement")
    take_back(session, ben, at=START + timedelta(seconds=2))
    label(session, ben, images[0], normal, at=START + timedelta(seconds=3))
    assert listed(session, "adjudication") == [(images[0], False)]
    assert reference(session, images[0]) is None
    assert compared(session) == [(1, 1)]


def test_what_was_taken_back_too_late_is_for_its_own_reader_only(session, doubled):
    (ann, ben, cleo), (normal, abnormal, _), images = doubled
    read(session, ann, normal)
    read(session, ben, abnormal)
    take_back(session, ben)
    skip(session, Hold(ben, images[0], "seed"), START)
    assert take(session, cleo) == take(session, ann) == images[1]
    assert take(session, ben) == images[0], "both turns of the other image are in hands"


def test_a_wider_plan_makes_no_read_free_again(session, doubled):
    (ann, ben, cleo), (normal, abnormal, _), images = doubled
    read(session, ann, normal)
    read(session, ben, abnormal)
    plan(session, "seed", readers=3, share=1, rng=0)
    take_back(session, ben)
    label(session, ben, images[0], normal, at=START + timedelta(seconds=1))
    read(session, cleo, normal)
    assert compared(session) == [(1, 0), (1, 1), (1, 0)]


def test_who_took_a_read_back_does_not_adjudicate_it(session, doubled):
    (ann, ben, cleo), (normal, abnormal, _), images = doubled
    read(session, ann, normal)
    read(session, ben, abnormal)
    read(session, cleo, normal)
    take_back(session, ben)
    assert take(session, ben, "adjudication") is None
    assert take(session, cleo, "adjudication") == images[0]


def test_an_adjudicator_decides_in_the_place_of_who_took_a_read_back(session, doubled):
    (ann, ben, cleo), (normal, abnormal, _), images = doubled
    read(session, ann, normal)
    read(session, ben, abnormal)
    take_back(session, ben)
    skip(session, Hold(ben, images[0], "seed"), START)
    read(session, cleo, normal)
    read(session, cleo, abnormal, "adjudication")
    assert reference(session, images[0]) == (abnormal, "adjudication")
    assert (images[0], False) not in listed(session, "seed")


def test_an_adjudication_stands_until_its_own_reader_takes_it_back(session, doubled):
    (ann, ben, cleo), (normal, abnormal, arthroplasty), images = doubled
    read(session, ann, normal)
    read(session, ben, abnormal)
    read(session, cleo, normal)
    read(session, cleo, arthroplasty, "adjudication")
    take_back(session, ben)
    label(session, ben, images[0], normal, at=START + timedelta(seconds=1))
    assert reference(session, images[0]) == (arthroplasty, "adjudication")
    take_back(session, cleo, "adjudication")
    assert reference(session, images[0]) is None
    assert listed(session, "adjudication") == [(images[0], False)]
