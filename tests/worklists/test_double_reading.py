"""Several readers read one image, each without the others: who gets it, what it amounts to."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from support.double_reading import LEASE, START, label, listed, read, reference, take, two_images
from support.worklist_rows import add_images, peek

from app.db.archive import Image
from app.db.reading import Annotation, WorklistItem
from app.errors import LeaseLost
from app.reading.desk import next_on_desk
from app.training.shares import count_for_sweep
from app.worklists.double_reading import is_chosen, plan
from app.worklists.seeds import draw_seed_set, open_validation


@pytest.fixture
def doubled(session):
    """Three readers, three classes and two images that two readers each are to read."""
    return two_images(session, readers=2)


def test_two_readers_hold_one_image_at_the_same_time_and_a_third_does_not(session, doubled):
    (ann, ben, cleo), _, images = doubled
    assert take(session, ann) == take(session, ben) == images[0]
    assert take(session, cleo) == images[1]


def test_no_reader_is_given_an_image_a_second_time(session, doubled):
    (ann, _, _), (normal, *_), images = doubled
    assert [read(session, ann, normal), read(session, ann, normal)] == images
    assert take(session, ann) is None
    with pytest.raises(LeaseLost):
        label(session, ann, images[0], normal, at=START + timedelta(seconds=1))


def test_what_comes_next_is_shown_once_however_often_it_is_to_be_read(session, doubled):
    (ann, _, _), _, images = doubled
    assert take(session, ann) == images[0]
    assert peek(session, ann, "seed", START, 3) == [images[1]]


def test_readers_who_agree_make_the_reference_label(session, doubled):
    (ann, ben, _), (normal, *_), images = doubled
    read(session, ann, normal)
    assert reference(session, images[0]) == (normal, "single_read")
    read(session, ben, normal)
    assert reference(session, images[0]) == (normal, "agreement")
    assert listed(session, "adjudication") == []


def test_readers_who_differ_leave_no_label_until_somebody_adjudicates(session, doubled):
    (ann, ben, cleo), (normal, abnormal, _), images = doubled
    read(session, ann, normal)
    read(session, ben, abnormal)
    assert reference(session, images[0]) is None
    assert listed(session, "adjudication") == [(images[0], False)]
    read(session, cleo, abnormal, "seed")
    image = take(session, cleo, "adjudication")
    label(session, cleo, image, abnormal, "adjudication")
    assert reference(session, images[0]) == (abnormal, "adjudication")


def test_a_reader_who_finds_no_label_possible_differs_from_one_who_gives_one(session, doubled):
    (ann, ben, _), (normal, *_), images = doubled
    read(session, ann, normal)
    read(session, ben, None)
    assert listed(session, "adjudication") == [(images[0], False)]


def test_the_adjudicator_sees_both_reads_in_an_order_that_tells_nothing_and_no_name(
    session, doubled
):
    (ann, ben, cleo), (normal, abnormal, _), images = doubled
    read(session, ann, abnormal)
    read(session, ben, normal)
    read(session, cleo, normal)
    desk = next_on_desk(session, cleo, "adjudication", LEASE, START)
    assert desk.item.film.image_id == images[0]
    assert [opinion.class_id for opinion in desk.item.opinions] == [normal, abnormal]
    assert "reader" not in desk.model_dump_json().replace("read_today", "")
    assert desk.item.suggestion is None
    assert next_on_desk(session, ann, "seed", LEASE, START).item.opinions == []


def test_who_read_an_image_adjudicates_it_only_where_nobody_else_reads(session, doubled):
    (ann, ben, cleo), (normal, abnormal, _), images = doubled
    read(session, ann, normal)
    read(session, ben, abnormal)
    assert take(session, ann, "adjudication") == images[0]
    undone = read(session, cleo, normal)
    assert undone == images[1]
    assert take(session, ann, "adjudication") is None
    assert take(session, cleo, "adjudication") == images[0]


def test_a_disputed_image_is_not_swept(session, doubled):
    (ann, ben, _), (normal, abnormal, _), _ = doubled
    for image in session.scalars(select(Image.id)):
        assert image
    before = count_for_sweep(session)
    read(session, ann, normal)
    read(session, ben, abnormal)
    assert count_for_sweep(session) == before - 1


def test_the_share_is_drawn_alike_whatever_else_is_there(session):
    chosen = [is_chosen(f"image {n}", 0.3, 7) for n in range(4000)]
    assert 0.27 < sum(chosen) / 4000 < 0.33
    more = [is_chosen(f"image {n}", 0.6, 7) for n in range(4000)]
    assert all(later for earlier, later in zip(chosen, more, strict=True) if earlier)
    assert chosen != [is_chosen(f"image {n}", 0.3, 8) for n in range(4000)]
    assert not is_chosen("image", 0, 7)
    assert is_chosen("image", 1, 7)


@pytest.mark.parametrize("worklist", ["seed", "validation"])
def test_images_listed_after_the_plan_was_made_follow_it(session, worklist):
    plan(session, worklist, readers=3, share=0.5, rng=1)
    split = {"seed": "development", "validation": "validation"}[worklist]
    add_images(session, 40, split=split)
    if worklist == "seed":
        draw_seed_set(session, 40, rng=0)
    else:
        open_validation(session)
    turns = session.execute(
        select(Image.key, func.count())
        .join(WorklistItem, WorklistItem.image_id == Image.id)
        .group_by(Image.key)
    ).all()
    assert dict(turns) == {key: 3 if is_chosen(key, 0.5, 1) else 1 for key, _ in turns}
    assert {count for _, count in turns} == {1, 3}


def test_a_smaller_plan_keeps_what_was_read_and_what_is_in_hands(session, doubled):
    (ann, ben, _), (normal, abnormal, _), images = doubled
    read(session, ann, normal)
    assert take(session, ben) == images[0]
    plan(session, "seed", readers=2, share=0, rng=0)
    assert sorted(listed(session, "seed")) == [
        (images[0], False),
        (images[0], True),
        (images[1], False),
    ]
    label(session, ben, images[0], abnormal)
    assert listed(session, "adjudication") == [(images[0], False)]


def test_a_plan_for_fewer_readers_decides_what_had_waited_for_more(session, doubled):
    (ann, ben, _), (normal, abnormal, _), images = doubled
    plan(session, "seed", readers=3, share=1, rng=0)
    read(session, ann, normal)
    read(session, ben, abnormal)
    assert listed(session, "adjudication") == []
    plan(session, "seed", readers=2, share=1, rng=0)
    assert listed(session, "adjudication") == [(images[0], False)]
    plan(session, "seed", readers=3, share=1, rng=0)
    assert listed(session, "adjudication") == []
    assert session.scalar(select(func.count(Annotation.id))) == 2
