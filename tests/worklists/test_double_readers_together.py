"""Independent readers in any order and all at once: each image is read as often as it should be."""

import random
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.db.archive import Image
from app.db.conditions import counts, stands
from app.db.engine import open_database
from app.db.reading import Annotation, Lease, ReferenceLabel, WorklistItem
from app.db.tables import now
from app.errors import Conflict, LeaseLost
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate, skip, undo
from app.worklists.double_reading import is_chosen, plan
from app.worklists.items import lease_next, remaining

START = now()
LEASE = 60
READERS, IMAGES = 4, 3
LISTS = ("seed", "adjudication")

Given = list[tuple[int, int]]
"""A reader's standing decisions on a worklist: image and class, the latest last."""


class IndependentReading(RuleBasedStateMachine):
    """Readers take, label, skip, undo and wait; dictionaries say what it must amount to."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.database = open_database(url)
        self.at = START
        self.step = 0
        self.shown: dict[tuple[int, str], int | None] = {}
        self.given: dict[tuple[int, str], Given] = {}
        self.compared: dict[int, dict[int, int | None]] = {}
        with self.database.begin() as session:
            self.readers = add_readers(session, READERS)
            self.classes = add_classes(session)
            self.images = add_images(session, IMAGES)
            list_images(session, "seed", self.images)
            plan(session, "seed", readers=2, share=0.6, rng=1)
            keys = session.execute(select(Image.id, Image.key)).all()
        self.wanted = {image: 2 if is_chosen(key, 0.6, 1) else 1 for image, key in keys}
        assert set(self.wanted.values()) == {1, 2}

    def teardown(self) -> None:
        self.database.kw["bind"].dispose()

    @rule(reader=st.integers(0, READERS - 1), worklist=st.sampled_from(LISTS))
    def next(self, reader: int, worklist: str) -> None:
        with self.database.begin() as session:
            image = lease_next(session, self.readers[reader], worklist, LEASE, self.at)
        if image is not None:
            assert image not in dict(self.given.get((reader, worklist), []))
        self.shown[reader, worklist] = image

    @rule(
        reader=st.integers(0, READERS - 1),
        worklist=st.sampled_from(LISTS),
        chosen=st.integers(0, 2),
    )
    def label(self, reader: int, worklist: str, chosen: int) -> None:
        image = self.shown.get((reader, worklist))
        if image is None:
            return
        self.step += 1
        me, said = self.readers[reader], self.classes[chosen] if chosen else None
        try:
            with self.database.begin() as session:
                annotate(
                    session,
                    Hold(me, image, worklist),
                    Decision(said, f"key {self.step}", self.at, 1),
                )
        except LeaseLost:
            return
        self.given.setdefault((reader, worklist), []).append((image, said))
        self.at += timedelta(seconds=1)
        reads = self.reads_of(image)
        if self.wanted[image] == len(reads) > 1:
            self.compared.setdefault(image, reads)

    @rule(reader=st.integers(0, READERS - 1), worklist=st.sampled_from(LISTS))
    def skip(self, reader: int, worklist: str) -> None:
        if (image := self.shown.get((reader, worklist))) is not None:
            try:
                with self.database.begin() as session:
                    skip(session, Hold(self.readers[reader], image, worklist), self.at)
            except LeaseLost:
                pass

    @rule(reader=st.integers(0, READERS - 1), worklist=st.sampled_from(LISTS))
    def undo(self, reader: int, worklist: str) -> None:
        self.step += 1
        me, own = self.readers[reader], self.given.get((reader, worklist), [])
        try:
            with self.database.begin() as session:
                image = undo(session, me, worklist, LEASE, f"key {self.step}", self.at)
        except Conflict:
            assert not own or self.in_other_hands(own[-1][0], me)
            return
        assert own.pop()[0] == image
        self.shown[reader, worklist] = image

    def in_other_hands(self, image: int, reader: int) -> bool:
        """An image that is being adjudicated stays in the adjudicator's hands."""
        held = Lease.image_id == image, Lease.reader_id != reader, Lease.expires_at > self.at
        with self.database() as session:
            return session.scalar(select(Lease.worklist).where(*held)) is not None

    @rule()
    def wait(self) -> None:
        self.at += timedelta(seconds=LEASE + 1)

    def reads_of(self, image: int) -> dict[int, int | None]:
        """What each reader says of an image now on the seed worklist."""
        return {
            reader: said
            for (reader, name), given in self.given.items()
            for read, said in given
            if (read, name) == (image, "seed")
        }

    def said_of(self, image: int, worklist: str) -> list[int | None]:
        return [
            said
            for (_, name), given in self.given.items()
            for read, said in given
            if (read, name) == (image, worklist)
        ]

    @invariant()
    def each_read_is_made_once_by_a_reader_of_its_own(self) -> None:
        with self.database() as session:
            reads = session.execute(
                select(Annotation.image_id, Annotation.reader_id, Annotation.worklist).where(
                    stands(Annotation)
                )
            ).all()
            done = select(WorklistItem.image_id, WorklistItem.worklist).where(WorklistItem.done)
            closed = Counter(tuple(row) for row in session.execute(done))
        assert max(Counter(reads).values(), default=1) == 1
        for place, made in Counter((image, name) for image, _, name in reads).items():
            # An adjudicator decides in the place of who took a read back too late.
            decided = self.said_of(place[0], "adjudication")
            assert closed[place] == made or (decided and closed[place] > made)
        assert all(count <= self.wanted[image] for (image, _), count in closed.items())

    @invariant()
    def what_the_reads_amount_to_is_neither_lost_nor_invented(self) -> None:
        expected, disputed = {}, set()
        for image in self.images:
            said, verdicts = self.said_of(image, "seed"), self.said_of(image, "adjudication")
            compared = self.compared.get(image, {})
            differ = len(set(compared.values())) > 1
            contested = differ or (bool(compared) and self.reads_of(image) != compared)
            if contested or verdicts:
                disputed.add(image)
            if verdicts:
                expected[image] = (verdicts[0], "adjudication")
            elif not contested and len(said) == 2 and len(set(said)) == 1:
                expected[image] = (said[0], "agreement")
            elif not contested and len(said) == 1:
                expected[image] = (said[0], "single_read")
        with self.database() as session:
            labels = session.execute(
                select(ReferenceLabel.image_id, ReferenceLabel.class_id, ReferenceLabel.basis)
            )
            found = {image: (class_id, basis) for image, class_id, basis in labels}
            listed = session.scalars(
                select(WorklistItem.image_id).where(WorklistItem.worklist == "adjudication")
            ).all()
        assert found == {image: label for image, label in expected.items() if label[0] is not None}
        assert sorted(listed) == sorted(disputed)


def test_independent_readers_in_any_order(tmp_path_factory, migrated_sqlite):
    class OnAFreshDatabase(IndependentReading):
        def __init__(self) -> None:
            path = tmp_path_factory.mktemp("reading") / "condyle.sqlite3"
            shutil.copy(migrated_sqlite, path)
            super().__init__(f"sqlite:///{path}")

    case = OnAFreshDatabase.TestCase
    case.settings = settings(max_examples=25, stateful_step_count=40)
    case().runTest()


def test_eight_independent_readers_racing_for_images_read_by_three_each(database):
    with database.begin() as session:
        readers, classes = add_readers(session, 8), add_classes(session)
        images = add_images(session, 40)
        list_images(session, "seed", images)
        plan(session, "seed", readers=3, share=0.5, rng=3)
        keys = session.execute(select(Image.id, Image.key)).all()
    wanted = {image: 3 if is_chosen(key, 0.5, 3) else 1 for image, key in keys}

    def read(reader: int, worklist: str) -> None:
        dice, keys = random.Random(reader), count()
        while True:
            with database.begin() as session:
                image = lease_next(session, reader, worklist, 300, now())
                if image is None and not remaining(session, worklist, reader):
                    return
            if image is None:
                continue
            key = f"{worklist} {next(keys)}"
            with database.begin() as session:
                if dice.random() < 0.1:
                    skip(session, Hold(reader, image, worklist), now())
                    continue
                said = classes[0] if dice.random() < 0.6 else classes[1]
                annotate(session, Hold(reader, image, worklist), Decision(said, key, now(), 1))
            if dice.random() < 0.1:
                with database.begin() as session:
                    undo(session, reader, worklist, 300, f"undo {key}", now())

    def all_read(worklist: str) -> None:
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(read, reader, worklist) for reader in readers]:
                done.result()

    all_read("seed")
    with database() as session:
        said = select(Annotation.image_id, Annotation.reader_id, Annotation.class_id)
        reads = session.execute(said.where(stands(Annotation))).all()
        compared = session.execute(said.where(counts(Annotation))).all()
        for kind in (reads, compared):
            assert Counter(image for image, _, _ in kind) == wanted
            assert len({(image, reader) for image, reader, _ in kind}) == len(kind)
        classes_of: dict[int, set[int]] = {}
        for image, reader, class_id in compared:
            now_says = next(said for *read, said in reads if read == [image, reader])
            # Who read an image alone may change it at any time.
            mind = {class_id, now_says} if wanted[image] > 1 else {now_says}
            classes_of.setdefault(image, set()).update(mind)
        disputed = {image for image, found in classes_of.items() if len(found) > 1}
        listed = session.scalars(
            select(WorklistItem.image_id).where(WorklistItem.worklist == "adjudication")
        ).all()
        assert sorted(listed) == sorted(disputed)
        labelled = session.scalars(select(ReferenceLabel.image_id)).all()
        assert set(labelled) == set(images) - disputed
        assert len(disputed) > 3
    all_read("adjudication")
    with database() as session:
        bases = Counter(session.scalars(select(ReferenceLabel.basis)))
        singles = sum(count == 1 for count in wanted.values())
        assert bases["adjudication"] == len(disputed)
        assert bases["single_read"] == singles
        assert bases["agreement"] == 40 - singles - len(disputed)
        assert session.scalar(select(func.count(Lease.image_id))) == 0
