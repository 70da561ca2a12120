"""Blind first: what a reader says before seeing the pseudo-label is kept, and so is the change."""

import pytest
from sqlalchemy import select
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep

from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.review import BlindRead
from app.db.tables import now
from app.errors import Conflict, LeaseLost
from app.export import rules as export
from app.labels.decisions import Decision
from app.reading.desk import next_on_desk
from app.reading.rules import undo
from app.review.blind import Minds, minds, read_blind, set_blind_first
from app.review.rules import decide
from app.worklists.orders import reorder_review
from app.worklists.review_order import choose_order

START = now()


@pytest.fixture
def review(session):
    """A reader, the classes, and four pseudo-labels of the second; review is blind first."""
    (reader,), classes = add_readers(session, 1), add_classes(session)
    (admin,) = add_readers(session, 1, role="admin")
    labels = add_sweep(session, add_images(session, 4))
    choose_order(session, "oldest", 0)
    set_blind_first(session, session.get(User, admin), True)
    return reader, classes, labels


def shown(session, reader):
    return next_on_desk(session, reader, "review", 300, START).item.suggestion


def test_nothing_of_the_labeler_is_told_before_the_reader_has_decided(session, review):
    reader, classes, (first, *_) = review
    before = shown(session, reader)
    assert before.model_dump(exclude_defaults=True, exclude={"id", "blind"}) == {
        "class_id": None,
        "probabilities": {},
        "reasons": [],
        "report": [],
        "report_class_id": None,
        "attention": None,
        "own": None,
    }
    assert before.blind
    read_blind(session, reader, first, classes[0], 900, START)
    after = shown(session, reader)
    assert (after.blind, after.class_id, after.own.class_id) == (False, classes[1], classes[0])
    assert after.report[0].text == "Joint space kept."


def test_no_decision_counts_without_the_blind_read(session, review):
    reader, _, (first, *_) = review
    shown(session, reader)
    with pytest.raises(Conflict, match="blind first"):
        decide(session, reader, first, "approve", Decision(None, "a-decision", START, 5))


def test_a_blind_read_is_given_once_and_only_with_the_image_in_hand(session, review):
    reader, classes, (first, second, *_) = review
    shown(session, reader)
    image = read_blind(session, reader, first, None, 900, START)
    assert read_blind(session, reader, first, None, 950, START) == image
    with pytest.raises(Conflict, match="it stands"):
        read_blind(session, reader, first, classes[0], 900, START)
    with pytest.raises(LeaseLost):
        read_blind(session, reader, second, classes[0], 900, START)
    assert len(session.scalars(select(BlindRead.id)).all()) == 1


def test_changes_of_mind_are_counted_and_exported(session, review):
    reader, classes, labels = review
    said = [classes[0], classes[0], None, classes[2]]
    then = ["approve", "correct", "reject", "correct"]
    to = [None, classes[0], None, classes[0]]
    for place, label in enumerate(labels):
        assert shown(session, reader).id == label
        read_blind(session, reader, label, said[place], 1, START)
        decide(
            session, reader, label, then[place], Decision(to[place], f"decision {place}", START, 2)
        )
    assert sorted(minds(session), key=lambda each: each.blind_label) == [
        Minds("arthroplasty", 0, 0, 1),
        Minds("normal", 1, 1, 0),
        Minds("unusable film", 1, 0, 0),
    ]
    rows = list(export.rows(session, "pseudo-labels"))
    assert [(row["blind_read_as"], row["read_as"], row["changed_mind"]) for row in rows] == [
        ("normal", "abnormal", True),
        ("normal", "normal", False),
        ("cannot be labelled", None, False),
        ("arthroplasty", "normal", True),
    ]


def test_who_has_seen_it_is_not_blind_again_after_an_undo(session, review):
    reader, classes, (first, *_) = review
    shown(session, reader)
    read_blind(session, reader, first, classes[0], 1, START)
    decide(session, reader, first, "approve", Decision(None, "a-decision", START, 2))
    undo(session, reader, "review", 300, "an-undo", START)
    assert shown(session, reader).own.class_id == classes[0]


def test_without_it_the_pseudo_label_is_shown_at_once(session, review):
    reader, _, (first, *_) = review
    set_blind_first(session, session.scalar(select(User).where(User.role == "admin")), False)
    assert not shown(session, reader).blind
    decide(session, reader, first, "approve", Decision(None, "a-decision", START, 2))
    assert minds(session) == []


def test_an_order_that_would_say_how_sure_the_labeler_is_becomes_a_draw(session, review):
    _, _, labels = review
    admin = session.scalar(select(User).where(User.role == "admin"))

    def numbers():
        rows = select(PseudoLabel.review_order).order_by(PseudoLabel.id)
        return list(session.scalars(rows))

    for place, label in enumerate(labels):
        session.get(PseudoLabel, label).confidence = 0.9 - place / 10
    session.flush()
    reorder_review(session, "least_sure", 3, admin)
    drawn = numbers()
    for label in labels:
        session.get(PseudoLabel, label).confidence = 0.5
    session.flush()
    reorder_review(session, "least_sure", 3, admin)
    assert numbers() == drawn
    for place, label in enumerate(labels):
        session.get(PseudoLabel, label).confidence = 0.9 - place / 10
    session.flush()
    set_blind_first(session, admin, False)
    assert numbers() == [4, 3, 2, 1] != drawn
