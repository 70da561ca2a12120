import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from acceptance.archive import make_archive
from sqlalchemy import select, update
from support.databases import ON_BOTH

from app.acceptance.lots import counts, standings
from app.db.archive import Image
from app.db.learning import ModelVersion
from app.db.people import AuditEvent
from app.db.reading import ReferenceLabel, WorklistItem
from app.errors import Conflict, NotFound

SURE, UNSURE = 0.99, 0.6


def archive_of(database, normal=70, abnormal=20, wrong=0, unsure=5):
    """Confident predictions for two classes, `wrong` of the normal ones false; some unsure ones."""
    truth = [1] * wrong + [0] * (normal - wrong) + [1] * abnormal + [0] * unsure
    archive = make_archive(database, truth)
    predicted = [0] * normal + [1] * abnormal + [0] * unsure
    confidence = [SURE] * (normal + abnormal) + list(np.linspace(UNSURE, 0.5, unsure))
    return archive, archive.sweep(predicted, confidence)


def test_confident_pseudo_labels_are_accepted_in_a_lot_for_each_class(database):
    archive, sweep = archive_of(database)
    found = archive.select(sweep, wrong=80)
    lots = archive.lots()
    assert {name: (lot.size, lot.sample_size) for name, lot in lots.items()} == {
        "normal": (70, 59),
        "abnormal": (20, 20),
    }
    assert (found["accepted"], found["needs_review"], found["audit_reads"]) == (90, 5, 79)
    labels = archive.pseudo_labels(sweep).values()
    assert all((p.status == "accepted") == (p.confidence == SURE) for p in labels)
    assert all((p.lot_id is None) == (p.status == "needs_review") for p in labels)
    assert Counter(p.lot_id for p in labels if p.in_audit) == {
        lots["normal"].id: 59,
        lots["abnormal"].id: 20,
    }


def test_review_begins_with_conflicts_then_the_least_confident(database):
    archive = make_archive(database, [0] * 6)
    conflict = np.array([False, True, False, True, False, False])
    confidence = [0.5, 0.99, 0.4, 0.6, 0.45, 0.55]
    sweep = archive.sweep([0] * 6, confidence, conflict)
    archive.select(sweep, wrong=150)
    labels = sorted(archive.pseudo_labels(sweep).values(), key=lambda p: p.review_order)
    assert [p.confidence for p in labels] == [0.6, 0.99, 0.4, 0.45, 0.5, 0.55]


def test_a_conflict_is_never_accepted_however_confident(database):
    archive = make_archive(database, [0] * 40)
    conflict = np.arange(40) == 3
    sweep = archive.sweep([0] * 40, [SURE] * 40, conflict)
    archive.select(sweep)
    assert [p.status for p in archive.pseudo_labels(sweep).values()].count("needs_review") == 1


@ON_BOTH
def test_the_audit_list_holds_the_sample_shuffled_over_the_lots(database):
    archive, sweep = archive_of(database, normal=59, abnormal=59, unsure=0)
    archive.select(sweep, wrong=80)
    with database.begin() as session:
        listed = session.scalars(
            select(WorklistItem.image_id)
            .where(WorklistItem.worklist == "audit")
            .order_by(WorklistItem.position)
        ).all()
    labels = archive.pseudo_labels(sweep)
    assert set(listed) == {image for image, p in labels.items() if p.in_audit}
    first_half = Counter(labels[image].class_id for image in listed[:59])
    assert min(first_half.values()) > 15


def test_the_same_seed_draws_the_same_audit(database):
    archive, first = archive_of(database)
    predicted = [archive.classes.index(p.class_id) for p in archive.pseudo_labels(first).values()]
    confidence = [p.confidence for p in archive.pseudo_labels(first).values()]
    samples = []
    for sweep, rng in (
        (first, 3),
        (archive.sweep(predicted, confidence), 3),
        (archive.sweep(predicted, confidence), 4),
    ):
        archive.select(sweep, wrong=80, rng=rng)
        samples.append({i for i, p in archive.pseudo_labels(sweep).items() if p.in_audit})
    assert samples[0] == samples[1] != samples[2]


def test_a_lot_is_released_once_its_sample_is_read_without_an_error(database):
    archive, sweep = archive_of(database)
    archive.select(sweep, wrong=80)
    model = archive.train_on([archive.lots()["normal"].id])
    for _ in range(78):
        archive.read_next()
    assert "auditing" in {lot.status for lot in archive.lots().values()}
    archive.read_next()
    lots = archive.lots()
    assert {lot.status for lot in lots.values()} == {"released"}
    assert lots["normal"].errors == 0
    assert lots["normal"].upper_bound == pytest.approx(1 - 0.05 ** (1 / 59))
    assert lots["abnormal"].upper_bound == 0
    statuses = Counter(p.status for p in archive.pseudo_labels(sweep).values())
    assert statuses == {"approved": 79, "accepted": 11, "needs_review": 5}
    with database.begin() as session:
        assert session.get(ModelVersion, model).doubtful == ""


@ON_BOTH
def test_a_lot_that_fails_goes_back_to_review_and_marks_its_models(database):
    archive, sweep = archive_of(database, wrong=20)
    archive.select(sweep, wrong=80)
    lots = archive.lots()
    on_failing = archive.train_on([lots["normal"].id, lots["abnormal"].id])
    on_good = archive.train_on([lots["abnormal"].id])
    assert archive.read_all() == 79
    lots, labels = archive.lots(), archive.pseudo_labels(sweep)
    assert (lots["normal"].status, lots["abnormal"].status) == ("failed", "released")
    sampled = [p for p in labels.values() if p.in_audit and p.lot_id == lots["normal"].id]
    truth = archive.truth
    assert all(
        p.status == ("approved" if truth[p.image_id] == p.class_id else "corrected")
        for p in sampled
    )
    assert lots["normal"].errors == sum(p.status == "corrected" for p in sampled) > 0
    waiting = [p for p in labels.values() if p.status == "needs_review"]
    assert len(waiting) == 11 + 5
    assert sorted(p.review_order for p in waiting) == list(range(1, 17))
    with database.begin() as session:
        assert "of 59 audited images of the class normal" in (
            session.get(ModelVersion, on_failing).doubtful
        )
        assert session.get(ModelVersion, on_good).doubtful == ""
        actions = session.scalars(select(AuditEvent.action)).all()
    assert sorted(action for action in actions if action.endswith("lot")) == [
        "fail lot",
        "release lot",
    ]


def test_an_undone_read_reopens_a_released_lot_and_gives_the_pseudo_label_back(database):
    archive, sweep = archive_of(database, normal=10, abnormal=30, unsure=0)
    archive.select(sweep, wrong=80)
    archive.read_all()
    image = archive.undo()
    label = archive.pseudo_labels(sweep)[image]
    assert (label.status, label.annotation_id) == ("accepted", None)
    lot = {lot.id: lot for lot in archive.lots().values()}[label.lot_id]
    assert (lot.status, lot.errors, lot.upper_bound) == ("auditing", None, None)
    archive.read_next(misread=archive.truth)
    assert archive.pseudo_labels(sweep)[image].status == "corrected"
    decided = {lot.id: lot for lot in archive.lots().values()}[label.lot_id]
    assert decided.status == ("released" if decided.size == 30 else "failed")
    assert decided.errors == 1


def test_a_failed_lot_stays_failed_however_often_it_is_read_again(database):
    archive, sweep = archive_of(database, normal=19, abnormal=0, unsure=0)
    archive.select(sweep)
    for _ in range(18):
        archive.read_next()
    image = archive.read_next(misread=archive.truth)
    assert archive.lots()["normal"].status == "failed"
    archive.undo()
    assert archive.pseudo_labels(sweep)[image].status == "needs_review"
    archive.read_next()
    assert archive.lots()["normal"].status == "failed"
    assert archive.pseudo_labels(sweep)[image].status == "approved"


@ON_BOTH
def test_two_last_reads_at_the_same_moment_still_decide_the_lot(database):
    archive, sweep = archive_of(database, normal=10, abnormal=0, unsure=0)
    archive.select(sweep)
    other = archive.second_reader()
    for _ in range(8):
        archive.read_next()
    with ThreadPoolExecutor(1) as pool:
        with database.begin() as session:
            archive.read_within(session)
            theirs = pool.submit(other.read_next)
            # Long enough for the other to come as far as it can before this one commits.
            time.sleep(0.3)
        assert theirs.result(30) is not None
    assert archive.lots()["normal"].status == "released"


def test_a_new_sweep_replaces_what_was_left_unread_of_the_last_audit(database):
    archive, first = archive_of(database)
    archive.select(first, wrong=80)
    archive.read_next()
    with database.begin() as session:
        read = set(session.scalars(select(ReferenceLabel.image_id)))
    labels = archive.pseudo_labels(first)
    archive.truth = {i: c for i, c in archive.truth.items() if i not in read}
    predicted = [archive.classes.index(labels[i].class_id) for i in archive.truth]
    second = archive.sweep(predicted, [labels[i].confidence for i in archive.truth])
    archive.select(second, wrong=80, rng=9)
    with database.begin() as session:
        listed = session.scalars(
            select(WorklistItem.image_id).where(
                WorklistItem.worklist == "audit", WorklistItem.done.is_(False)
            )
        ).all()
    assert set(listed) == {i for i, p in archive.pseudo_labels(second).items() if p.in_audit}


def test_too_few_calibration_reads_accept_nothing_and_say_how_many_it_takes(database):
    archive, sweep = archive_of(database)
    found = archive.select(sweep, calibration=10)
    assert found["accepted"] == 0
    assert "10 calibration reads" in found["in_words"]
    assert "at least 19" in found["in_words"]
    assert archive.lots() == {}


def test_a_labeler_that_is_often_wrong_gets_nothing_accepted(database):
    archive, sweep = archive_of(database)
    found = archive.select(sweep, wrong=200)
    assert found["accepted"] == 0
    assert "wrong too often" in found["in_words"]


def test_the_acceptance_rule_is_applied_once(database):
    archive, sweep = archive_of(database)
    archive.select(sweep)
    with pytest.raises(Conflict, match="already been applied"):
        archive.select(sweep)
    with pytest.raises(NotFound):
        archive.select(999)


def test_the_accepted_error_comes_from_given_labels_where_there_are_any(sqlite_database):
    archive, sweep = archive_of(sqlite_database, wrong=7)
    archive.select(sweep, wrong=80)
    with sqlite_database.begin() as session:
        assert counts(session, sweep).accepted_error is None
        for image, label in archive.truth.items():
            session.execute(update(Image).where(Image.id == image).values(given_class_id=label))
        found = counts(session, sweep)
    assert found.accepted_error.value == pytest.approx(7 / 90)
    assert found.accepted_error.source == "given"
    assert (found.accepted, found.needs_review, found.reviewed) == (90, 5, 0)


def test_the_accepted_error_else_comes_from_the_audits_weighted_by_lot(sqlite_database):
    archive, sweep = archive_of(sqlite_database, normal=300, abnormal=59, unsure=0)
    archive.select(sweep, wrong=80)
    archive.read_all(misread=list(archive.truth)[300:301])
    with sqlite_database.begin() as session:
        found = counts(session, sweep).accepted_error
        lots = standings(session, sweep)
    assert [(lot.status, lot.errors) for lot in lots] == [("released", 0), ("released", 1)]
    expected = 59 / 359 * 1 / 59
    assert found.source == "audit"
    assert found.n == 118
    assert found.value == pytest.approx(expected)
    low, high = found.ci
    assert low <= expected < 0.05 < high < 0.07
