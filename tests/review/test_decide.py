import pytest
from sqlalchemy import select
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep

from app.db.learning import PseudoLabel
from app.db.reading import Annotation, Lease, ReferenceLabel
from app.db.tables import now
from app.errors import Conflict, LeaseLost, NotFound, Refused
from app.labels.decisions import Decision
from app.reading.rules import undo
from app.review.rules import decide
from app.worklists.items import lease_next

START = now()


@pytest.fixture
def review(session):
    """A reader, three classes, and three pseudo-labels of the second class, the first leased."""
    (reader,), classes = add_readers(session, 1), add_classes(session)
    pseudo_labels = add_sweep(session, add_images(session, 3))
    lease_next(session, reader, "review", 300, START)
    return reader, classes, pseudo_labels


def status_of(session, pseudo_label_id):
    session.expire_all()
    found = session.get(PseudoLabel, pseudo_label_id)
    reference = session.get(ReferenceLabel, found.image_id)
    return found.status, reference and reference.class_id


@pytest.mark.parametrize(
    ("decision", "to", "status", "label"),
    [
        ("approve", None, "approved", 1),
        ("correct", 2, "corrected", 2),
        ("correct", 1, "approved", 1),
        ("reject", None, "rejected", None),
    ],
)
def test_each_decision_has_its_fate(session, review, decision, to, status, label):
    reader, classes, (first, *_) = review
    to = to and classes[to]
    label = label and classes[label]
    annotation = decide(session, reader, first, decision, Decision(to, "k", START, 700))
    assert status_of(session, first) == (status, label)
    assert (annotation.worklist, annotation.class_id) == ("review", label)
    assert annotation.unusable == (status == "rejected")
    found = session.get(PseudoLabel, first)
    assert (found.annotation_id, found.decided_by) == (annotation.id, reader)
    assert session.scalars(select(Lease.image_id)).all() == []


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_undo_puts_it_back_into_the_same_hands(session, review, decision):
    reader, _, (first, second, _) = review
    decide(session, reader, first, decision, Decision(None, "k", START, 700))
    next_image = lease_next(session, reader, "review", 300, START)
    assert next_image == session.get(PseudoLabel, second).image_id
    image = undo(session, reader, "review", 300, "u", START)
    assert status_of(session, first) == ("needs_review", None)
    assert lease_next(session, reader, "review", 300, START) == image
    assert undo(session, reader, "review", 300, "u", START) == image
    decide(session, reader, first, "approve", Decision(None, "again", START, 700))
    assert status_of(session, first)[0] == "approved"


def test_undo_stays_within_the_latest_sweep(session, review):
    reader, _, (first, *_) = review
    decide(session, reader, first, "approve", Decision(None, "k", START, 700))
    add_sweep(session, [])
    with pytest.raises(Conflict, match="nothing to undo"):
        undo(session, reader, "review", 300, "u", START)


def test_a_repeated_decision_gets_the_first_answer(session, review):
    reader, classes, (first, *_) = review
    once = decide(session, reader, first, "correct", Decision(classes[0], "k", START, 700))
    assert (
        decide(session, reader, first, "correct", Decision(classes[0], "k", START, 700)).id
        == once.id
    )
    with pytest.raises(Conflict, match="idempotency"):
        decide(session, reader, first, "reject", Decision(None, "k", START, 700))
    assert len(session.scalars(select(Annotation.id)).all()) == 1


def test_only_the_holder_decides_and_only_once(session, review):
    reader, _, (first, second, _) = review
    (other,) = add_readers(session, 1, role="admin")
    with pytest.raises(LeaseLost):
        decide(session, reader, second, "approve", Decision(None, "a", START, 700))
    session.refresh(session.get(PseudoLabel, second))
    with pytest.raises(LeaseLost):
        decide(session, other, first, "approve", Decision(None, "b", START, 700))


def test_what_a_decision_needs(session, review):
    reader, classes, (first, *_) = review
    with pytest.raises(Refused, match="needs a class"):
        decide(session, reader, first, "correct", Decision(None, "a", START, 700))
    with pytest.raises(Refused, match="needs a class"):
        decide(session, reader, first, "approve", Decision(classes[0], "b", START, 700))
    with pytest.raises(NotFound, match="class"):
        decide(session, reader, first, "correct", Decision(99, "c", START, 700))
    with pytest.raises(NotFound, match="pseudo-label"):
        decide(session, reader, 99, "approve", Decision(None, "d", START, 700))
