"""Any number of readers at once: no image is decided twice, none is lost."""

import random
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.conditions import stands
from app.db.engine import open_database
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, Lease, ReferenceLabel, WorklistItem
from app.db.tables import now
from app.errors import Conflict, LeaseLost
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate, skip, undo
from app.review.rules import decide
from app.worklists.items import lease_next
from app.worklists.leases import give_back

START = now()
LEASE = 60
READERS, IMAGES = 3, 6


class Reading(RuleBasedStateMachine):
    """Readers take, label, skip, undo and wait in any order; a plain dict says what must hold."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.database = open_database(url)
        self.at = START
        self.step = 0
        self.shown: dict[int, int | None] = {}
        self.labels: dict[int, list[tuple[int, int]]] = {}
        with self.database.begin() as session:
            self.readers = add_readers(session, READERS)
            self.classes = add_classes(session)
            self.images = add_images(session, IMAGES)
            list_images(session, "seed", self.images)

    def teardown(self) -> None:
        self.database.kw["bind"].dispose()

    @rule(reader=st.integers(0, READERS - 1))
    def next(self, reader: int) -> None:
        with self.database.begin() as session:
            image = lease_next(session, self.readers[reader], "seed", LEASE, self.at)
        assert image not in self.decided()
        self.shown[reader] = image

    @rule(reader=st.integers(0, READERS - 1), chosen=st.integers(0, 2))
    def label(self, reader: int, chosen: int) -> None:
        image = self.shown.get(reader)
        if image is None:
            return
        self.step += 1
        with self.database() as session:
            holder = session.scalar(select(Lease.reader_id).where(Lease.image_id == image))
        try:
            with self.database.begin() as session:
                me, key = self.readers[reader], f"key {self.step}"
                annotate(
                    session,
                    Hold(me, image, "seed"),
                    Decision(self.classes[chosen], key, self.at, 1),
                )
        except LeaseLost:
            assert holder != self.readers[reader]
            return
        assert holder == self.readers[reader]
        self.labels.setdefault(reader, []).append((image, self.classes[chosen]))
        self.at += timedelta(seconds=1)

    @rule(reader=st.integers(0, READERS - 1))
    def skip(self, reader: int) -> None:
        if (image := self.shown.get(reader)) is not None:
            try:
                with self.database.begin() as session:
                    skip(session, Hold(self.readers[reader], image, "seed"), self.at)
            except LeaseLost:
                pass

    @precondition(lambda self: any(self.labels.values()))
    @rule(reader=st.integers(0, READERS - 1))
    def undo(self, reader: int) -> None:
        self.step += 1
        own = self.labels.get(reader, [])
        try:
            with self.database.begin() as session:
                key = f"key {self.step}"
                image = undo(session, self.readers[reader], "seed", LEASE, key, self.at)
        except Conflict:
            assert not own
            return
        assert own.pop()[0] == image
        self.shown[reader] = image

    @rule(reader=st.integers(0, READERS - 1))
    def leave(self, reader: int) -> None:
        """Others may have it now, and a label that is on its way counts until somebody does."""
        with self.database.begin() as session:
            give_back(session, self.readers[reader], self.at)

    @rule()
    def wait(self) -> None:
        self.at += timedelta(seconds=LEASE + 1)

    def decided(self) -> dict[int, int]:
        return dict(label for labels in self.labels.values() for label in labels)

    @invariant()
    def nothing_is_decided_twice_and_nothing_is_lost(self) -> None:
        with self.database() as session:
            reads = session.scalars(select(Annotation.image_id).where(stands(Annotation))).all()
            labels = session.execute(select(ReferenceLabel.image_id, ReferenceLabel.class_id))
            done = session.scalars(select(WorklistItem.image_id).where(WorklistItem.done)).all()
            holders = session.scalars(select(Lease.reader_id)).all()
            assert max(Counter(reads).values(), default=1) == 1
            assert dict(labels.all()) == self.decided()
            assert sorted(done) == sorted(reads) == sorted(self.decided())
            assert max(Counter(holders).values(), default=1) == 1


def test_readers_in_any_order(tmp_path_factory, migrated_sqlite):
    class OnAFreshDatabase(Reading):
        def __init__(self) -> None:
            path = tmp_path_factory.mktemp("reading") / "condyle.sqlite3"
            shutil.copy(migrated_sqlite, path)
            super().__init__(f"sqlite:///{path}")

    case = OnAFreshDatabase.TestCase
    case.settings = settings(max_examples=25, stateful_step_count=30)
    case().runTest()


@pytest.mark.parametrize("worklist", ["seed", "review"])
def test_eight_readers_racing_for_a_hundred_images(database, worklist):
    with database.begin() as session:
        readers, classes = add_readers(session, 8), add_classes(session)
        images = add_images(session, 100)
        if worklist == "seed":
            list_images(session, "seed", images)
        pseudo_labels = dict(zip(images, add_sweep(session, images), strict=True))

    def read(reader: int) -> int:
        dice, keys, decided = random.Random(reader), count(), 0
        while True:
            with database.begin() as session:
                image = lease_next(session, reader, worklist, 300, now())
            if image is None:
                return decided
            key = f"key {next(keys)}"
            with database.begin() as session:
                if dice.random() < 0.1:
                    skip(session, Hold(reader, image, worklist), now())
                    continue
                if worklist == "seed":
                    annotate(
                        session, Hold(reader, image, worklist), Decision(classes[0], key, now(), 1)
                    )
                else:
                    decide(
                        session,
                        reader,
                        pseudo_labels[image],
                        "approve",
                        Decision(None, key, now(), 1),
                    )
            decided += 1
            if dice.random() < 0.1:
                with database.begin() as session:
                    undo(session, reader, worklist, 300, f"undo {key}", now())
                decided -= 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(read, readers)) == 100
    with database() as session:
        reads = session.scalars(select(Annotation.image_id).where(stands(Annotation))).all()
        assert sorted(reads) == images
        assert session.scalar(select(func.count(ReferenceLabel.image_id))) == 100
        assert session.scalar(select(func.count(Lease.image_id))) == 0
        approved = PseudoLabel.status == "approved"
        finished = {"seed": WorklistItem.done, "review": approved}[worklist]
        assert session.scalar(select(func.count()).where(finished)) == 100
