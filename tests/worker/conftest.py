"""A small archive whose classes a tiny network and a report can tell apart, and its runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from support.deliveries import FATES
from support.import_runs import run_import
from support.prepared import Prepared
from support.striped_films import TINY, draw_striped
from support.transactions import writing, wrote
from support.whole_runs import carry_out

from app.db.engine import Database
from app.db.learning import Run
from app.db.work import Part
from app.demo import reader
from app.demo.play import simulated_reader
from app.runs import rules
from app.settings import Settings
from app.worklists.seeds import draw_seed_set, open_validation
from models.images.recipes import default_recipe
from models.recipe import Recipe
from worker import recipes

Perform = Callable[..., Run]
Import = Callable[..., Run]


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """54 patients with two films each: bright stripes tell the classes apart, mostly."""
    return draw_striped(tmp_path_factory.mktemp("films"))


def is_beat(statements: list[str]) -> bool:
    """Whether a transaction renewed a lease and did nothing else; it may ask until when it runs."""
    return len(statements) == 1 or statements[1].startswith("SELECT (clock_timestamp()")


@pytest.fixture
def perform(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Perform:
    """Requests a run and carries it out in this process, with a recipe that takes seconds."""

    def tiny(device: str, weights: str) -> Recipe:
        return default_recipe(device, weights) if weights else TINY

    monkeypatch.setattr(recipes, "default_recipe", tiny)

    def request_and_execute(kind: str, **parameters: Any) -> Run:
        with database.begin() as session:
            run_id = rules.request(session, kind, parameters).id
        with writing(database) as transactions:
            run = carry_out(database, settings, run_id)
        assert [each for each in transactions if not is_beat(each) and not wrote(each)] == []
        return run

    return request_and_execute


@pytest.fixture
def take_over(database: Database, settings: Settings) -> Callable[[], Run]:
    """Lets another worker go on with the run whose worker was killed, once its lease ran out."""

    def go_on() -> Run:
        with database.begin() as session:
            killed = session.scalars(select(Run).where(Run.status == "running")).one()
            killed.lease_expires_at = killed.lease_expires_at and killed.started_at
            running = update(Part).where(Part.status == "running")
            session.execute(running.values(lease_expires_at=killed.started_at))
        resumed = carry_out(database, settings, killed.id)
        assert resumed.status == "succeeded", resumed.failure
        return resumed

    return go_on


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The archives that this process has made already."""
    return Prepared(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def imported(
    database: Database, settings: Settings, films: Path, perform: Perform, prepared: Prepared
) -> None:
    """An imported archive that nobody has read."""

    def import_films() -> int:
        run = perform("import", paths=[str(films)], validation_patients=12, rng=0)
        assert run.status == "succeeded", run.failure
        return run.id

    prepared.begin("imported", database, settings, import_films)


@pytest.fixture
def labelled(database: Database, settings: Settings, imported: None, prepared: Prepared) -> int:
    """An imported archive whose seed set and validation split are read; the reader's id."""

    def read() -> int:
        with database.begin() as session:
            person = simulated_reader(session)
            draw_seed_set(session, 24, rng=0)
            open_validation(session)
        for worklist in ("seed", "validation"):
            assert reader.read_worklist(database, settings, person, worklist)
        return person

    return prepared.begin("labelled", database, settings, read)


@pytest.fixture
def imports(sqlite_database: Database, settings: Settings) -> Import:
    """Imports paths and checks that every file found has one fate."""

    def carry_out(*paths: Path, **parameters: object) -> Run:
        run = run_import(sqlite_database, settings, paths=list(paths), **parameters)
        assert run.status == "succeeded", run.failure
        assert min(run.result[fate] for fate in FATES) >= 0
        return run

    return carry_out


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder beside the home."""
    return tmp_path / "in"
