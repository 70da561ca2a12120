"""Two worker processes share a sweep; one is killed, the broker or the database goes away.

Whatever happens, every image gets exactly one pseudo-label, and nothing is left over.
"""

import random
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from processes import labelling
from sqlalchemy import func, select, text
from support.servers import redis_server
from support.worklist_rows import add_classes, add_images, add_sweep

from app.db.engine import Database, open_database, read_only
from app.db.learning import PseudoLabel, Run
from app.db.work import Part
from app.runs import doorbell, rules
from app.runs.kinds import SWEEP
from app.settings import Settings

IMAGES = 320
EMBEDDED, PRODUCTION = "embedded", "production"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator["Broker"]:
    """A Redis of this test alone, which can be stopped and started."""
    broker = Broker(tmp_path / "redis")
    yield broker
    broker.stop()


class Broker:
    """A Redis that keeps its address over a restart, but no message."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._server = redis_server(folder)
        self.address = self._server.__enter__()

    def stop(self) -> None:
        self._server.__exit__(None, None, None)

    def start(self) -> None:
        port = int(self.address.rsplit(":", 1)[1].partition("/")[0])
        self._server = redis_server(self._folder, port)
        self._server.__enter__()


@pytest.fixture
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a workspace: SQLite and files, or PostgreSQL and Redis."""
    if getattr(request, "param", PRODUCTION) == EMBEDDED:
        url, broker = request.getfixturevalue("sqlite_url"), ""
    else:
        url = request.getfixturevalue("postgresql_url")
        broker = request.getfixturevalue("broker").address
    home = tmp_path / "home"
    return Settings(home=home, database_url=url, broker_url=broker, run_lease_seconds=2)


@pytest.fixture
def database(here: Settings) -> Iterator[Database]:
    """An archive of images that nobody has read."""
    database = open_database(here.resolved_database_url)
    with database.begin() as session:
        add_classes(session)
        add_images(session, IMAGES, per_patient=20)
        add_sweep(session, [])
    yield database
    database.kw["bind"].dispose()


Start = Callable[..., BaseProcess]


@pytest.fixture
def start(here: Settings) -> Iterator[Start]:
    """Starts worker processes, and kills what is left of them at the end."""
    workers: list[BaseProcess] = []

    def start(seconds_ahead: int = 0) -> BaseProcess:
        name = f"w{len(workers)}"
        workers.append(labelling.begin(name, here.as_environment(), seconds_ahead))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.join()


def ask(database: Database, here: Settings) -> int:
    with database.begin() as session:
        run = rules.request(session, SWEEP, {})
    doorbell.ring(run, here)
    return run.id


def labelled(database: Database) -> int:
    with read_only(database) as session:
        return session.scalar(select(func.count(PseudoLabel.id))) or 0


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(database: Database, run_id: int) -> Run | None:
    with read_only(database) as session:
        run = rules.find(session, run_id)
    return run if run.finished_at else None


def assert_each_image_has_one(database: Database, run_id: int) -> None:
    wait_for(lambda: ended(database, run_id) is not None)
    run = ended(database, run_id)
    assert run is not None
    assert run.status == "succeeded", run.failure
    assert run.result["needs_review"] == IMAGES
    with read_only(database) as session:
        images = session.scalars(select(PseudoLabel.image_id)).all()
        assert len(images) == len(set(images)) == IMAGES
        assert session.scalar(select(func.count(Part.id))) == 0


@pytest.mark.parametrize("here", [EMBEDDED, PRODUCTION], indirect=True)
def test_one_of_two_workers_is_killed_at_random_moments(
    here: Settings, database: Database, start: Start
) -> None:
    moments = random.Random(here.embedded)
    run_id, pair = ask(database, here), [start(), start()]
    for moment in sorted(moments.sample(range(IMAGES), 2)):
        wait_for(lambda moment=moment: labelled(database) >= moment)  # type: ignore[misc]
        place = moments.randrange(2)
        pair[place].kill()
        pair[place] = start()
    assert_each_image_has_one(database, run_id)


def test_the_broker_is_stopped_and_comes_back_without_its_messages(
    here: Settings,
    broker: Broker,
    database: Database,
    start: Start,
) -> None:
    run_id = ask(database, here)
    start(), start()
    wait_for(lambda: labelled(database) >= IMAGES // 4)
    broker.stop()
    broker.start()
    assert_each_image_has_one(database, run_id)


def test_every_connection_to_the_database_is_cut_again_and_again(
    here: Settings, database: Database, start: Start
) -> None:
    run_id = ask(database, here)
    start(), start()
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for moment in range(IMAGES // 8, IMAGES, IMAGES // 5):
        wait_for(lambda moment=moment: labelled(database) >= moment)  # type: ignore[misc]
        with database.begin() as session:
            session.execute(cut)
    assert_each_image_has_one(database, run_id)


def test_workers_whose_clocks_are_an_hour_off_take_nothing_from_each_other(
    here: Settings, database: Database, start: Start
) -> None:
    run_id = ask(database, here)
    start(3600), start(-3600)
    most = 0
    while ended(database, run_id) is None:
        with read_only(database) as session:
            most = max(most, session.scalar(select(func.max(Part.attempts))) or 0)
    assert most == 1
    assert_each_image_has_one(database, run_id)
