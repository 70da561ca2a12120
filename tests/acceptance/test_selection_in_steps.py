"""A selection of many steps: nothing of it counts before the last, and readers decide meanwhile."""

import pytest
from acceptance.archive import Steps, make_archive
from acceptance.test_lots import SURE, archive_of
from sqlalchemy import create_engine, func, select, text
from support.databases import ON_BOTH

from app.db.learning import Lot, PseudoLabel
from app.db.reading import WorklistItem
from app.sweeps import LATEST_SWEEP
from app.worklists.items import add_items
from worker import selection
from worker.selection import hold_back_in_steps, select_in_steps

STEP = 20


class Killed(Exception):
    """The worker is gone."""


class FewSteps(Steps):
    """A worker that is killed before one of its steps, or does something else between them."""

    def __init__(self, database, left, between=lambda: None):
        super().__init__(database)
        self.left, self.between = left, between

    def transaction(self):
        if self.left == 0:
            raise Killed
        self.left -= 1
        return super().transaction()

    def check(self):
        self.between()


@pytest.fixture(autouse=True)
def short_steps(monkeypatch):
    monkeypatch.setattr(selection, "STEP", STEP)


def selected(archive, sweep, steps=None):
    return archive.select(sweep, wrong=80, steps=steps)


def what_became(archive, sweep):
    """All that a selection writes, but for the numbers of rows."""
    with archive.database() as session:
        rows = select(
            PseudoLabel.image_id,
            PseudoLabel.status,
            PseudoLabel.review_order,
            PseudoLabel.in_audit,
            Lot.size,
            Lot.sample_size,
        ).outerjoin(Lot, Lot.id == PseudoLabel.lot_id)
        mine = rows.where(PseudoLabel.sweep_id == sweep).order_by(PseudoLabel.image_id)
        listed = select(WorklistItem.image_id).order_by(WorklistItem.position)
        return session.execute(mine).all(), session.scalars(listed).all()


@ON_BOTH
def test_a_selection_killed_before_any_step_counts_for_nothing_and_then_comes_to_the_same(
    database,
):
    archive, sweep = archive_of(database, unsure=25)
    for steps in range(100):
        try:
            found = selected(archive, sweep, FewSteps(database, steps))
            break
        except Killed:
            with database() as session:
                assert session.scalar(LATEST_SWEEP) is None
                assert session.scalar(select(func.count(WorklistItem.id))) == 0
    assert steps > len(archive.truth) / STEP
    assert (found["accepted"], found["needs_review"], found["audit_reads"]) == (90, 25, 79)
    again = archive.sweep([0] * 70 + [1] * 20 + [0] * 25, [SURE] * 90 + [0.6] * 25)
    with database.begin() as session:
        session.execute(text("DELETE FROM worklist_item"))
        session.execute(text("UPDATE sweep SET selected = FALSE"))
    images = what_became(archive, sweep)[0]
    whole = selected(archive, again)
    assert {name: whole[name] for name in found if name != "whole_set"} == {
        name: found[name] for name in found if name != "whole_set"
    }
    assert [row[1:2] + row[3:] for row in what_became(archive, again)[0]] == [
        row[1:2] + row[3:] for row in images
    ]


def test_what_is_unlike_is_held_back_in_steps_and_after_a_kill_from_there(database):
    archive, sweep = archive_of(database)
    looks = dict.fromkeys(archive.truth, "words")
    for tries in range(1, 100):
        try:
            hold_back_in_steps(FewSteps(database, 1), sweep, looks, [])
            break
        except Killed:
            marked = [label.unlike for label in archive.pseudo_labels(sweep).values()]
            assert marked.count("words") == STEP * tries
    assert tries == -(-len(looks) // STEP) > 1
    assert {label.unlike for label in archive.pseudo_labels(sweep).values()} == {"words"}


@ON_BOTH
def test_whoever_decides_between_two_steps_waits_for_none(database, database_url):
    archive, sweep = archive_of(database)
    waits = {"timeout": 0} if database_url.startswith("sqlite") else {}
    other = create_engine(database_url, connect_args=waits)
    decided = []

    def decide():
        with other.begin() as connection:
            connection.execute(text("UPDATE image SET view = view"))
        decided.append(1)

    selected(archive, sweep, FewSteps(database, -1, decide))
    assert len(decided) > len(archive.truth) / STEP
    other.dispose()


@ON_BOTH
def test_an_image_drawn_as_seed_meanwhile_leaves_no_gap_in_the_order_of_review(database):
    archive = make_archive(database, [0] * 50)
    sweep = archive.sweep([0] * 50, [0.5 + n / 1000 for n in range(50)])
    drawn = list(archive.truth)[:3]
    checks = []

    def draw():
        checks.append(1)
        if len(checks) == 5:  # the order is being written
            with database.begin() as session:
                add_items(session, "seed", drawn)

    found = select_in_steps(FewSteps(database, -1, draw), sweep, *archive.calibration(wrong=200), 0)
    assert found["needs_review"] == 50
    with database() as session:
        of = select(PseudoLabel.review_order).where(PseudoLabel.image_id.not_in(drawn))
        assert sorted(session.scalars(of)) == list(range(1, 48))
