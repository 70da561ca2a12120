"""A prepared archive and a language model that reads its reports."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from support.import_runs import run_import
from support.language_model_runs import READS
from support.language_models import MODEL, Server, serving

from app.db.archive import Study
from app.db.engine import Database, open_database
from app.demo import reader
from app.demo.play import simulated_reader
from app.endpoint import client
from app.settings import Settings
from app.worklists.seeds import draw_seed_set


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAUSE", 0.01)
    monkeypatch.setattr("worker.sweep.SHARD", 16)


@pytest.fixture(scope="session")
def prepared(films: Path, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose archive is imported and whose seed is read; no two reports are alike."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / "condyle.sqlite3")
    settings = Settings(home=home)
    database = open_database(settings.resolved_database_url)
    run = run_import(database, settings, paths=[str(films)], validation_patients=12, rng=0)
    assert run.status == "succeeded", run.failure
    with database.begin() as session:
        person = simulated_reader(session)
        draw_seed_set(session, 24, rng=0)
        for study in session.scalars(select(Study)):
            study.report = f"{study.report} Series {study.id}."
    assert reader.read_worklist(database, settings, person, "seed")
    database.kw["bind"].dispose()
    return home


@pytest.fixture
def database(prepared: Path, settings: Settings) -> Iterator[Database]:
    """The prepared archive, for this test alone."""
    shutil.copytree(prepared, settings.home)
    database = open_database(settings.resolved_database_url)
    yield database
    database.kw["bind"].dispose()


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    """A language model that reads the tests' reports, and is set."""
    with serving(READS) as server:
        settings.llm_url, settings.llm_model = server.url, MODEL
        yield server
