"""The grid: a page of one predicted class decided, and taken back, as one batch."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, update
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, peek

from app.db.archive import Workspace
from app.db.conditions import stands
from app.db.engine import open_database
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, Lease, ReferenceLabel
from app.db.review import GridBatch
from app.db.tables import now
from app.errors import Conflict, NotFound, Refused
from app.labels.decisions import Decision
from app.reading.rules import undo
from app.review import grid
from app.review.batches import decide_batch, undo_batch
from app.review.grid import BatchDecision, page_of_grid
from app.review.rules import decide
from app.worklists import items

START = now() + timedelta(hours=1)
"""After the sweep, whose beginning decides which marks are of its time."""


@pytest.fixture
def two(session, monkeypatch):
    """Two readers, three classes, and a sweep of seven images of the second class; pages of 4."""
    monkeypatch.setattr(grid, "PAGE", 4)
    readers, classes = add_readers(session, 2), add_classes(session)
    labels = add_sweep(session, add_images(session, 7))
    for place, label in enumerate(labels):
        session.execute(
            update(PseudoLabel).where(PseudoLabel.id == label).values(confidence=0.5 + place / 100)
        )
    return readers, classes, labels


def page(session, reader, class_id, at=START):
    return page_of_grid(session, reader, class_id, 300, at)


def ids(answer):
    return [tile.pseudo_label_id for tile in answer.tiles]


def verdicts(labels, decision="approve", class_id=None):
    return [
        BatchDecision(pseudo_label_id=label, decision=decision, class_id=class_id)
        for label in labels
    ]


def statuses(session):
    session.expire_all()
    rows = session.execute(
        select(PseudoLabel.status, ReferenceLabel.class_id)
        .outerjoin(ReferenceLabel, ReferenceLabel.image_id == PseudoLabel.image_id)
        .order_by(PseudoLabel.id)
    )
    return [tuple(row) for row in rows]


def test_the_most_confident_come_first_and_no_image_is_on_two_pages(session, two):
    (one, other), classes, labels = two
    first, second = page(session, one, classes[1]), page(session, other, classes[1])
    assert ids(first) == labels[:2:-1]
    assert ids(second) == labels[2::-1]
    assert ids(page(session, one, classes[1])) == ids(first)
    assert first.waiting == {classes[0]: 0, classes[1]: 7, classes[2]: 0}
    assert page(session, one, classes[0]).tiles == []


def test_all_but_the_marked_are_approved_in_one_go(session, two):
    (one, _), classes, _labels = two
    held = ids(page(session, one, classes[1]))
    batch = [
        *verdicts(held[:1], "leave"),
        *verdicts(held[1:2], "correct", classes[2]),
        *verdicts(held[2:3], "reject"),
        *verdicts(held[3:]),
    ]
    decide_batch(session, one, classes[1], batch, 9000, "batch-1", START)
    assert statuses(session)[3:] == [
        ("approved", classes[1]),
        ("rejected", None),
        ("corrected", classes[2]),
        ("needs_review", None),
    ]
    assert session.scalars(select(Lease.image_id)).all() == []
    assert held[0] not in ids(page(session, one, classes[1])), "a marked image left the grid"
    wanted = session.get(PseudoLabel, held[0]).image_id
    assert wanted in peek(session, one, "review", START, 10), "but not the worklist"


def test_a_batch_sent_twice_counts_once_and_a_key_serves_one_batch(session, two):
    (one, _), classes, _ = two
    held = ids(page(session, one, classes[1]))
    first = decide_batch(session, one, classes[1], verdicts(held), 9000, "batch-1", START)
    again = decide_batch(session, one, classes[1], verdicts(held), 9100, "batch-1", START)
    assert again.id == first.id
    assert session.scalar(select(func.count(Annotation.id))) == 4
    with pytest.raises(Conflict, match="idempotency"):
        decide_batch(session, one, classes[1], verdicts(held[:2]), 1, "batch-1", START)


def test_undo_brings_the_whole_batch_back_in_one_step(session, two):
    (one, other), classes, _labels = two
    held = ids(page(session, one, classes[1]))
    before = statuses(session)
    batch = [*verdicts(held[:1], "leave"), *verdicts(held[1:])]
    decide_batch(session, one, classes[1], batch, 9000, "batch-1", START)
    theirs = ids(page(session, other, classes[1]))
    decide_batch(session, other, classes[1], verdicts(theirs), 1, "batch-2", START)
    kept = statuses(session)[:3]
    undone = undo_batch(session, one, 300, "undo-1", START)
    assert statuses(session) == [*kept, *before[3:]]
    answer = page_of_grid(session, one, classes[1], 300, START, undone)
    assert ids(answer) == held
    assert [mark.pseudo_label_id for mark in answer.marks] == held[:1]
    assert undo_batch(session, one, 300, "undo-1", START).id == undone.id
    with pytest.raises(Conflict, match="no batch"):
        undo_batch(session, one, 300, "undo-2", START)
    decide_batch(session, one, classes[1], verdicts(held), 9000, "batch-3", START)
    assert {status for status, _ in statuses(session)} == {"approved"}


def test_a_read_of_the_batch_that_was_taken_back_alone_stays_back(session, two):
    (one, _), classes, labels = two
    held = ids(page(session, one, classes[1]))
    decide_batch(session, one, classes[1], verdicts(held), 9000, "batch-1", START)
    undo(session, one, "review", 300, "single", START)
    alone = next(
        label
        for label, status in zip(labels[3:], statuses(session)[3:], strict=True)
        if status[0] == "needs_review"
    )
    decide(session, one, alone, "correct", Decision(classes[0], "other", START, 5))
    undo_batch(session, one, 300, "undo-1", START)
    assert dict(zip(labels, statuses(session), strict=True))[alone] == ("corrected", classes[0])
    assert [status for status, _ in statuses(session)].count("needs_review") == 6


def test_what_went_into_other_hands_is_left_as_it_is(session, two):
    (one, other), classes, _ = two
    held = ids(page(session, one, classes[1]))
    late = START + timedelta(hours=3)
    taken = ids(page(session, other, classes[1], late))
    assert taken == held
    decide_batch(session, other, classes[1], verdicts(taken[:1], "reject"), 1, "theirs", late)
    lost = decide_batch(session, one, classes[1], verdicts(held), 9000, "mine", late)
    assert lost.lost == held
    assert session.scalar(select(func.count(Annotation.id))) == 1


def test_a_batch_that_is_late_still_counts_while_nobody_took_it_over(session, two):
    (one, _), classes, _ = two
    held = ids(page(session, one, classes[1]))
    late = START + timedelta(hours=3)
    assert decide_batch(session, one, classes[1], verdicts(held), None, "late-one", late).lost == []


def test_the_film_on_a_readers_own_desk_is_not_in_their_grid(session, two):
    (one, _), classes, _labels = two
    image = items.lease_next(session, one, "review", 300, START)
    assert image not in [tile.image_id for tile in page(session, one, classes[1]).tiles]


def test_what_a_batch_must_not_name(session, two):
    (one, _), classes, _ = two
    held = ids(page(session, one, classes[1]))
    for wrong, error in (
        (verdicts([held[0], held[0]]), Refused),
        (verdicts([10_000]), NotFound),
        (verdicts(held, "correct"), Refused),
        (verdicts(held, "correct", 999), NotFound),
    ):
        with pytest.raises(error), session.begin_nested():
            decide_batch(session, one, classes[1], wrong, 1, "wrong-one", START)
    assert session.scalar(select(func.count(Annotation.id))) == 0


def test_the_grid_is_closed_while_review_is_blind_first(session, two):
    (one, _), classes, _ = two
    session.add(Workspace(blind_first=True))
    with pytest.raises(Conflict, match="blind first"):
        page(session, one, classes[1])


def test_readers_racing_through_the_grid_decide_each_image_once(database, monkeypatch):
    monkeypatch.setattr(grid, "PAGE", 7)
    with database.begin() as session:
        readers, classes = add_readers(session, 3), add_classes(session)
        add_sweep(session, add_images(session, 60))

    def read_to_the_end(reader):
        for turn in range(100):
            with database.begin() as session:
                held = ids(page_of_grid(session, reader, classes[1], 300, START))
            if not held:
                return
            with database.begin() as session:
                key = f"batch {turn} of {reader}"
                decide_batch(session, reader, classes[1], verdicts(held), None, key, START)

    with ThreadPoolExecutor(len(readers)) as pool:
        list(pool.map(read_to_the_end, readers))
    with database() as session:
        assert [status for status, _ in statuses(session)] == ["approved"] * 60
        images = session.scalars(select(Annotation.image_id)).all()
        assert len(images) == len(set(images)) == 60
        assert session.scalars(select(GridBatch.lost)).all().count([]) == session.scalar(
            select(func.count(GridBatch.id))
        )


def test_a_large_batch_and_its_undo_take_as_many_statements_as_a_small_one(database, monkeypatch):
    with database.begin() as session:
        (reader,), classes = add_readers(session, 1), add_classes(session)
        add_sweep(session, add_images(session, 63))
    counts, sent = [], []
    event.listen(database.kw["bind"], "before_cursor_execute", lambda *each: sent.append(each[2]))
    for size in (3, 60):
        monkeypatch.setattr(grid, "PAGE", size)
        with database.begin() as session:
            held = ids(page_of_grid(session, reader, classes[1], 300, START))
            assert len(held) == size
            batch = [*verdicts(held[:1], "leave"), *verdicts(held[1:])]
        sent.clear()
        with database.begin() as session:
            decide_batch(session, reader, classes[1], batch, 1, f"batch of {size}", START)
        counts.append([len(sent)])
        sent.clear()
        with database.begin() as session:
            undo_batch(session, reader, 300, f"undo of {size}", START)
        counts[-1].append(len(sent))
        with database.begin() as session:
            decide_batch(session, reader, classes[1], batch, 1, f"again {size}", START)
    assert counts[0] == counts[1]
    assert max(counts[0]) < 24


@settings(max_examples=60)
@given(data=st.data())
def test_any_order_of_pages_batches_and_undos_decides_each_image_once(data, migrated_grid):
    """Two readers at random: every image ends with at most one standing read, and it agrees."""
    session, readers, classes, _labels = migrated_grid()
    with session, session.begin():
        pages: dict[int, list[int]] = {reader: [] for reader in readers}
        for step in range(data.draw(st.integers(3, 12))):
            reader = data.draw(st.sampled_from(readers))
            act = data.draw(st.sampled_from(["look", "decide", "undo"]))
            if act == "look":
                pages[reader] = ids(page(session, reader, classes[1]))
            elif act == "decide" and pages[reader]:
                kind = data.draw(st.sampled_from(["approve", "leave", "reject"]))
                decide_batch(
                    session,
                    reader,
                    classes[1],
                    verdicts(pages[reader], kind),
                    1,
                    f"key-{step}",
                    START,
                )
            elif act == "undo" and grid.last_batch(session, reader):
                undo_batch(session, reader, 300, f"undo-{step}", START)
        standing = session.execute(
            select(Annotation.image_id, func.count())
            .where(stands(Annotation))
            .group_by(Annotation.image_id)
        ).all()
        assert all(count == 1 for _, count in standing)
        decided = set(
            session.scalars(
                select(PseudoLabel.image_id).where(PseudoLabel.status.in_(("approved", "rejected")))
            )
        )
        assert decided == {image for image, _ in standing}
        session.rollback()


@pytest.fixture(scope="module")
def migrated_grid(migrated_sqlite, tmp_path_factory):
    """Opens sessions, to be rolled back, on one small sweep."""
    path = tmp_path_factory.mktemp("grid") / "grid.sqlite3"
    shutil.copy(migrated_sqlite, path)
    database = open_database(f"sqlite:///{path}")
    with database.begin() as session:
        readers, classes = add_readers(session, 2), add_classes(session)
        labels = add_sweep(session, add_images(session, 6))
    yield lambda: (database(), readers, classes, labels)
    database.kw["bind"].dispose()
