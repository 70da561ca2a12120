"""A worker is killed in the middle of a run; the run finishes after a restart, nothing doubled."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from sqlalchemy import func, select

from app.db.archive import Image, Patient
from app.db.engine import Database, open_database
from app.db.learning import Run
from app.db.work import DecodeCount, Part
from app.runs import doorbell, rules
from app.settings import Settings

FILMS = 120


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder of small films with a manifest."""
    folder = tmp_path / "films"
    folder.mkdir()
    noise = np.random.default_rng(0)
    with (folder / "manifest.csv").open("w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file", "patient_id"])
        for number in range(FILMS):
            pixels = noise.integers(0, 256, (96, 96), dtype=np.uint8)
            Picture.fromarray(pixels).save(folder / f"{number:03}.png")
            manifest.writerow([f"{number:03}.png", f"P{number // 2:03}"])
    return folder


@pytest.fixture(params=["embedded", "production"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a workspace: SQLite and files, or PostgreSQL and Redis."""
    if request.param == "embedded":
        url, broker = request.getfixturevalue("sqlite_url"), ""
    else:
        url = request.getfixturevalue("postgresql_url")
        broker = request.getfixturevalue("redis")
    return Settings(
        home=tmp_path / "home",
        database_url=url,
        broker_url=broker,
        run_lease_seconds=2,
        queues="decode",
        processes=1,
    )


@pytest.fixture
def start_worker(here: Settings) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts real worker processes, and kills what is left of them at the end."""
    workers: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        environment = os.environ | here.as_environment()
        workers.append(subprocess.Popen([sys.executable, "-m", "worker"], env=environment))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


def ask_for_import(here: Settings, films: Path) -> tuple[Database, Run]:
    """Put an import of the films among the runs; no worker is told of it yet."""
    database = open_database(here.resolved_database_url)
    with database.begin() as session:
        run = rules.request(session, "import", {"paths": [str(films)]})
    return database, run


def wait_until(database: Database, run_id: int, reached: Callable[[Run], bool]) -> Run:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with database.begin() as session:
            run = rules.find(session, run_id)
        if reached(run):
            return run
        time.sleep(0.05)
    raise AssertionError(f"the run stays {run.status} at {run.done} of {run.total}")


def decoded(database: Database) -> int:
    """How many files the parts of the import have done."""
    with database.begin() as session:
        return session.scalar(select(func.sum(Part.done))) or 0


def test_an_import_nobody_was_told_of_whose_worker_is_killed_has_every_film_once_after_a_restart(
    here: Settings, films: Path, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    database, asked = ask_for_import(here, films)

    worker = start_worker()
    wait_until(database, asked.id, lambda _: decoded(database) > 0)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with database.begin() as session:
        assert rules.find(session, asked.id).status == "running"

    another = start_worker()
    run = wait_until(database, asked.id, lambda run: run.status == "succeeded")
    assert run.done == FILMS
    another.terminate()
    another.wait()
    with database.begin() as session:
        counted = select(func.sum(DecodeCount.value)).where(DecodeCount.what == "decoded")
        assert 0 < (session.scalar(counted) or 0) <= FILMS, "what it decoded is counted at its end"
        assert session.scalar(select(func.count()).select_from(Image)) == FILMS
        assert session.scalar(select(func.count()).select_from(Patient)) == FILMS // 2
    database.kw["bind"].dispose()


def test_a_running_run_stops_soon_after_a_person_cancels_it(
    here: Settings, films: Path, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    database, asked = ask_for_import(here, films)
    start_worker()
    wait_until(database, asked.id, lambda run: run.status == "running")
    with database.begin() as session:
        rules.cancel(session, asked.id)
    run = wait_until(database, asked.id, lambda run: run.finished_at is not None)
    assert run.status == "cancelled"
    database.kw["bind"].dispose()


def test_a_worker_that_is_told_to_stop_gives_its_part_back_which_is_no_death(
    here: Settings, films: Path, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    database, asked = ask_for_import(here, films)
    doorbell.ring(asked, here)
    worker = start_worker()
    wait_until(database, asked.id, lambda _: decoded(database) > 0)
    worker.terminate()
    worker.wait(60)
    with database.begin() as session:
        # On a busy machine it was done before it was told.
        if rules.find(session, asked.id).status == "running":
            waiting = session.scalars(select(Part).where(Part.status != "succeeded")).all()
            assert {(part.status, part.owner) for part in waiting} == {("queued", None)}
            assert {part.attempts for part in waiting if not part.done} == {0}
    start_worker()
    wait_until(database, asked.id, lambda run: run.status == "succeeded")
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Image)) == FILMS
    database.kw["bind"].dispose()
