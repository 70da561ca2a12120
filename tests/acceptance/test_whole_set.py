"""The promise for all labels together: what must be read, and what reviews and audits change."""

import numpy as np
import pytest
from acceptance.archive import make_archive
from sqlalchemy import update
from support.databases import ON_BOTH
from support.web import Web

from app.acceptance.audited import released_error_bound
from app.acceptance.lots import counts
from app.acceptance.whole_set import in_words, standing
from app.db.archive import Patient
from app.db.learning import Sweep
from app.labels.decisions import Decision
from app.review.rules import decide
from app.worklists.items import lease_next

SURE, UNSURE = 500, 100
DOUBTS = np.linspace(0.85, 0.4, UNSURE)
"""The probabilities of what is too unsure to be accepted."""
ALLOWED = (SURE + UNSURE) // 20


@pytest.fixture
def archive(database):
    """A few hundred images of one class, one a patient."""
    return make_archive(database, [0] * (SURE + UNSURE))


def swept(archive, wrong=5, calibration=120, **more):
    """Sweep it; of the calibration reads between 0.5 and 1 the least sure are wrong."""
    sweep = archive.sweep([0] * (SURE + UNSURE), [0.99] * SURE + list(DOUBTS), **more)
    archive.select(sweep, calibration=calibration, wrong=wrong)
    return sweep


def whole(archive, sweep):
    with archive.database.begin() as session:
        return standing(session, session.get_one(Sweep, sweep))


def review(archive, sweep, number):
    """Review as many images as said, the least sure first."""
    labels = archive.pseudo_labels(sweep)
    with archive.database.begin() as session:
        for _ in range(number):
            image = lease_next(session, archive.reader, "review", 300, archive.now())
            key, now = f"review {image}", archive.now()
            decide(
                session, archive.reader, labels[image].id, "approve", Decision(None, key, now, 9)
            )


def test_what_the_labeler_is_as_unsure_of_as_of_its_errors_is_to_be_read(archive):
    found = whole(archive, swept(archive, wrong=60))
    # The upper 60 of 120 reads between 0.5 and 1 are right, so the surest error is near 0.75.
    assert 0.73 < found.up_to < 0.75
    assert found.reviews == (found.up_to >= DOUBTS).sum()
    assert (found.images, found.read, found.allowed) == (SURE + UNSURE, 0, ALLOWED)
    assert f"{found.reviews} more reviews" in in_words(found)


def test_each_review_brings_it_nearer_until_it_holds(archive):
    sweep = swept(archive)
    before = whole(archive, sweep)
    review(archive, sweep, 3)
    after = whole(archive, sweep)
    assert (after.reviews, after.read) == (before.reviews - 3, 3)
    review(archive, sweep, after.reviews)
    found = whole(archive, sweep)
    assert found.reviews == 0
    assert "labels are wrong, with 95 % confidence" in in_words(found)


def test_an_image_whose_report_and_film_disagree_is_read_however_sure_the_labeler_is(archive):
    plain = whole(archive, swept(archive))
    conflict = np.arange(SURE + UNSURE) < 7
    assert whole(archive, swept(archive, conflict=conflict)).reviews == plain.reviews + 7


def test_an_error_that_was_found_and_corrected_need_not_be_allowed_for_any_more(archive):
    sweep = swept(archive)
    before = whole(archive, sweep)
    archive.read_next(misread=archive.truth)
    assert whole(archive, sweep).reviews == before.reviews - 1
    archive.undo()
    assert whole(archive, sweep) == before


def test_labels_given_by_people_count_as_right_and_those_of_validation_films_do_not_count(archive):
    sweep = swept(archive)
    archive.read_all()
    read = whole(archive, sweep)
    assert (read.images, read.read) == (SURE + UNSURE, 59)
    with archive.database.begin() as session:
        session.execute(update(Patient).values(split="validation"))
    assert whole(archive, sweep).read == 0


def test_a_lot_far_worse_than_the_calibration_reads_say_is_read_whole(archive):
    sweep = swept(archive)
    archive.read_all(misread=archive.truth)
    unread = SURE + UNSURE - 59
    assert whole(archive, sweep).reviews == unread - ALLOWED


@ON_BOTH
def test_a_lot_that_just_fails_leaves_the_promise_for_all_as_it_is(archive):
    sweep = swept(archive)
    before = whole(archive, sweep)
    first = archive.read_next()
    archive.undo()
    archive.read_all(misread={first})
    assert {lot.status for lot in archive.lots().values()} == {"failed"}
    assert whole(archive, sweep).reviews == before.reviews - 1


def test_with_few_calibration_reads_the_audits_must_show_it(archive):
    sweep = swept(archive, wrong=20, calibration=40)
    waiting = whole(archive, sweep)
    assert waiting.reviews is None
    assert "Once the audits are read" in in_words(waiting)
    archive.read_all()
    found = whole(archive, sweep)
    assert found.up_to is None
    with archive.database.begin() as session:
        bound = released_error_bound(session, sweep)
    labels = archive.pseudo_labels(sweep).values()
    unread, in_review = (
        sum(label.status == status for label in labels) for status in ("accepted", "needs_review")
    )
    # All that waits is read, but for what the audits leave of the errors that are allowed. In the
    # promise they have a little less than all of the risk, so a little more may be wrong by them.
    assert in_review - ALLOWED + bound * unread <= found.reviews <= in_review


@ON_BOTH
def test_where_the_audits_leave_too_much_open_reviews_alone_do_not_do_it(archive):
    sweep = swept(archive, wrong=0, calibration=40, tolerated_error=0.04)
    archive.read_all()
    with archive.database.begin() as session:
        # As if fewer had been asked to be right of the lot than are of all labels.
        session.execute(update(Sweep).values(tolerated_error=0.01))
    found = whole(archive, sweep)
    assert (found.reviews, found.auditing) == (None, False)
    assert "Reviews alone cannot show" in in_words(found)


def test_the_evaluation_report_keeps_what_held_when_it_was_made(archive):
    sweep = swept(archive)
    with archive.database.begin() as session:
        kept = counts(session, sweep)
    assert kept.whole_set.reviews == whole(archive, sweep).reviews
    assert 0 < kept.error_bound < 1


def test_a_sweep_from_before_there_was_such_a_promise_makes_none(archive):
    sweep = swept(archive)
    with archive.database.begin() as session:
        session.execute(update(Sweep).values(selection={"in_words": "", "accepted": 0}))
    assert whole(archive, sweep) is None


def test_an_image_that_can_carry_no_label_is_not_one_of_them(archive):
    sweep = swept(archive)
    label = min(archive.pseudo_labels(sweep).values(), key=lambda p: p.confidence)
    with archive.database.begin() as session:
        image = lease_next(session, archive.reader, "review", 300, archive.now())
        assert image == label.image_id
        decide(
            session,
            archive.reader,
            label.id,
            "reject",
            Decision(None, "rejected", archive.now(), 9),
        )
    assert whole(archive, sweep).images == SURE + UNSURE - 1


def test_the_pages_say_it_to_an_admin(web: Web) -> None:
    archive = make_archive(web.database, [0] * (SURE + UNSURE))
    sweep = swept(archive)
    admin = web.browser("Admin", "admin")
    words = f"After {whole(archive, sweep).reviews} more reviews, at most 5 % of all 600 labels"
    assert words in admin.get("/").text
    page = admin.get("/acceptance").text
    assert words in page
    assert "Wrong in this sweep, at most" in page
    assert "Wrong in the released lots, at most" not in page
    archive.read_all()
    assert "Wrong in the released lots, at most" in admin.get("/acceptance").text
    assert "of all 600 labels" not in web.browser("Reader").get("/").text
