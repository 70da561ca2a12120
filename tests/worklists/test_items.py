from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images, peek

from app.db.archive import Image, Patient
from app.db.reading import Lease, WorklistItem
from app.db.tables import now
from app.errors import Refused
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate, skip
from app.worklists.items import lease_next, remaining
from app.worklists.seeds import draw_seed_set, open_validation

START = now()
LEASE = 300


def positions(session: Session, worklist: str) -> list[tuple[str, bool]]:
    rows = session.execute(
        select(Patient.key, WorklistItem.calibration)
        .join(Image, Image.id == WorklistItem.image_id)
        .join(Patient, Patient.id == Image.patient_id)
        .where(WorklistItem.worklist == worklist)
        .order_by(WorklistItem.position)
    )
    return [(key, calibration) for key, calibration in rows]


def test_the_seed_set_holds_every_image_of_the_patients_drawn(session):
    add_images(session, 40, per_patient=2)
    add_images(session, 10, split="validation", name="v")
    assert draw_seed_set(session, 10, rng=0) == 20
    patients = [key for key, _ in positions(session, "seed")]
    assert patients[::2] == patients[1::2]
    assert len(set(patients)) == 10
    assert not any(key.startswith("v") for key in patients)


def test_a_part_of_the_seed_patients_is_kept_out_one_image_each(session):
    add_images(session, 40, per_patient=2)
    draw_seed_set(session, 20, rng=0)
    kept_out = [key for key, calibration in positions(session, "seed") if calibration]
    assert len(kept_out) == len(set(kept_out)) == 8


def test_a_second_draw_adds_other_patients_after_the_first(session):
    add_images(session, 30)
    draw_seed_set(session, 10, rng=0)
    first = positions(session, "seed")
    assert draw_seed_set(session, 15, rng=0) == 15
    both = positions(session, "seed")
    assert both[:10] == first
    assert len({key for key, _ in both}) == 25
    with pytest.raises(Refused, match="5 development patients"):
        draw_seed_set(session, 6, rng=0)


def test_calibration_stops_at_120_patients_over_all_draws(session):
    add_images(session, 400)
    draw_seed_set(session, 250, rng=0)
    draw_seed_set(session, 150, rng=1)
    assert sum(calibration for _, calibration in positions(session, "seed")) == 120


def test_validation_is_opened_whole_and_shuffled_and_grows_with_later_imports(session):
    images = add_images(session, 30, split="validation", name="v")
    assert open_validation(session) == 30
    order = session.scalars(select(WorklistItem.image_id).order_by(WorklistItem.position)).all()
    assert sorted(order) == images
    assert list(order) != images
    add_images(session, 2, split="validation", name="w")
    assert open_validation(session) == 2
    with pytest.raises(Refused, match="no validation image"):
        open_validation(session)


@pytest.fixture
def reading(session):
    """Two readers, three classes and five images on the seed worklist."""
    readers, classes = add_readers(session, 2), add_classes(session)
    images = add_images(session, 5)
    list_images(session, "seed", images)
    return readers, classes, images


def take(session, reader, at=START, worklist="seed"):
    return lease_next(session, reader, worklist, LEASE, at)


def label(session, reader, image, class_id, at=START, worklist="seed"):
    key = f"{reader} {image} {worklist}"
    return annotate(session, Hold(reader, image, worklist), Decision(class_id, key, at, 900))


def test_a_reload_keeps_the_image(session, reading):
    (ann, _), _, images = reading
    assert take(session, ann) == take(session, ann, START + timedelta(seconds=200)) == images[0]


def test_a_second_reader_never_gets_a_leased_film(session, reading):
    (ann, ben), _, images = reading
    assert (take(session, ann), take(session, ben)) == (images[0], images[1])


def test_a_lease_that_ran_out_is_taken_over(session, reading):
    (ann, ben), _, images = reading
    take(session, ann)
    later = START + timedelta(seconds=LEASE + 1)
    assert take(session, ben, later) == images[0]
    assert take(session, ann, later) == images[1]


def test_a_reload_renews_the_lease(session, reading):
    (ann, ben), _, images = reading
    take(session, ann)
    take(session, ann, START + timedelta(seconds=200))
    assert take(session, ben, START + timedelta(seconds=LEASE + 100)) == images[1]


def test_the_list_runs_out_for_a_reader_while_others_hold_the_rest(session, reading):
    (ann, ben), (normal, *_), images = reading
    take(session, ben)
    for image in images[1:]:
        assert take(session, ann) == image
        label(session, ann, image, normal)
    assert take(session, ann) is None
    assert remaining(session, "seed", ann) == 1
    assert take(session, ann, START + timedelta(seconds=LEASE + 1)) == images[0]


def test_skipped_images_come_after_the_others_the_longest_ago_first(session, reading):
    (ann, ben), (normal, *_), images = reading
    for seconds in (0, 1):
        skip(session, Hold(ann, take(session, ann), "seed"), START + timedelta(seconds=seconds))
    assert take(session, ben) == images[0]
    for image in images[2:]:
        assert take(session, ann) == image
        label(session, ann, image, normal)
    assert take(session, ann) == images[1]
    skip(session, Hold(ann, images[1], "seed"), START + timedelta(seconds=9))
    label(session, ben, images[0], normal)
    assert take(session, ann) == images[1]
    assert remaining(session, "seed", ann) == 1


def test_a_reader_never_gets_an_image_they_already_annotated_on_the_list(session, reading):
    (ann, ben), (normal, *_), images = reading
    label(session, ann, take(session, ann), normal)
    item = session.scalar(select(WorklistItem).where(WorklistItem.image_id == images[0]))
    item.done = False
    session.flush()
    assert take(session, ann) == images[1]
    assert take(session, ben) == images[0]


def test_peeking_shows_what_comes_next_and_leases_nothing(session, reading):
    (ann, ben), _, images = reading
    take(session, ann)
    take(session, ben)
    assert peek(session, ann, "seed", START) == images[2:4]
    assert session.scalars(select(Lease.image_id)).all() == images[:2]


def test_worklists_are_separate(session, reading):
    (ann, _), _, images = reading
    assert take(session, ann, worklist="validation") is None
    assert take(session, ann, worklist="review") is None
    list_images(session, "validation", [images[4]])
    assert take(session, ann, worklist="validation") == images[4]
    assert take(session, ann) == images[0]


def test_review_reads_the_latest_selected_sweep_in_its_order(session, reading):
    (ann, _), _, _ = reading
    images = add_images(session, 5, name="swept")
    add_sweep(session, images)
    add_sweep(session, images[::-1])
    add_sweep(session, images, selected=False)
    assert take(session, ann, worklist="review") == images[4]
    assert peek(session, ann, "review", START) == [images[3], images[2]]
    assert remaining(session, "review", ann) == 5
