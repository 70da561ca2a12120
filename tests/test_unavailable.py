"""A database or a disk that fails for a while is no mistake of ours: it is said, and passes."""

import errno
import logging
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from support.servers import free_port
from support.web import Web

from app.db.engine import Database, open_database
from app.db.learning import Run
from app.runs import rules
from app.runs.results import CropResult
from app.settings import Settings
from worker import progress
from worker.progress import Running

AWAY = {"title": "The database does not answer.", "status": 503}
FULL = {"title": "The disk is full.", "status": 503}


@pytest.fixture
def away() -> Database:
    """A database whose server does not run."""
    return open_database(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")


@pytest.fixture
def full(sqlite_database: Database) -> Database:
    """A database that may not grow."""
    engine = sqlite_database.kw["bind"]

    @event.listens_for(engine, "connect")
    def stop_growing(driver, _record) -> None:  # type: ignore[no-untyped-def]
        driver.execute("PRAGMA max_page_count = 1")  # of SQLite: no less than there are

    engine.dispose()
    return sqlite_database


def test_a_database_that_is_away_is_said_and_asked_again(
    web: Web, away: Database, caplog: pytest.LogCaptureFixture
) -> None:
    reader = web.browser("Rosa")
    web.app.state.database = away
    with caplog.at_level(logging.WARNING):
        answer = reader.post("/api/v1/worklists/seed/next")
    assert answer.json() | AWAY == answer.json()
    assert answer.headers["retry-after"] == "2"
    assert "unavailable: OperationalError" in caplog.text
    assert "does not answer" in reader.get("/reading/seed").text


def test_a_full_database_is_said_and_nothing_is_half_written(
    full: Database, settings: Settings
) -> None:
    web = Web(full, settings)

    @web.app.post("/api/v1/written")
    def write() -> None:
        with full.begin() as session:
            session.add_all(
                Run(kind="sweep", status="failed", message="x" * 500) for _ in range(500)
            )

    answer = web.anonymous().post("/api/v1/written")
    assert answer.json() | FULL == answer.json()
    with full() as session:
        assert session.scalar(select(func.count(Run.id))) == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_under_the_store_is_said_too(web: Web, number: int) -> None:
    @web.app.post("/api/v1/stored")
    def stored() -> None:
        raise OSError(number, "no room")

    answer = web.anonymous().post("/api/v1/stored")
    assert answer.json() | FULL == answer.json()


def test_any_other_error_of_a_file_stays_one_that_nobody_foresaw(web: Web) -> None:
    @web.app.get("/api/v1/stored")
    def stored() -> None:
        raise FileNotFoundError(errno.ENOENT, "gone")

    assert web.anonymous().get("/api/v1/stored").status_code == 500


def test_a_run_whose_database_was_cut_off_goes_on_where_it_was(
    database: Database, settings: Settings
) -> None:
    with database.begin() as session:
        run = Run(kind="crop")
        session.add(run)

    def cut(running: Running[Any]) -> CropResult:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    def done(running: Running[Any]) -> CropResult:
        return CropResult(images=3)

    brief = settings.model_copy(update={"run_lease_seconds": 0})
    progress.execute(database, brief, run.id, {"crop": cut})
    with database.begin() as session:
        assert rules.find(session, run.id).status == "running"
    progress.execute(database, settings, run.id, {"crop": done})
    with database.begin() as session:
        found = rules.find(session, run.id)
    assert (found.status, found.result) == ("succeeded", {"images": 3})


def test_a_database_that_lacks_what_is_asked_for_is_a_mistake_of_ours(
    web: Web, database: Database, settings: Settings
) -> None:
    def ask(session: Session) -> None:
        session.execute(text("SELECT no_such_column FROM run"))

    @web.app.get("/api/v1/wrong")
    def wrong() -> None:
        with web.database.begin() as session:
            ask(session)

    def wrongly(running: Running[Any]) -> CropResult:
        with running.database.begin() as session:
            ask(session)
        return CropResult(images=0)

    assert web.anonymous().get("/api/v1/wrong").status_code == 500
    with database.begin() as session:
        run = Run(kind="crop")
        session.add(run)
    progress.execute(database, settings, run.id, {"crop": wrongly})
    with database.begin() as session:
        found = rules.find(session, run.id)
    assert found.status == "failed"
    assert found.failure is not None
    assert found.failure["what"].startswith("Condyle made a mistake")
