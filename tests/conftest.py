"""What many tests need: a fresh database on SQLite and PostgreSQL, and the settings of a home."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session
from support import cheap_passwords, compiled, databases, scratch
from support.servers import (
    SMALL,
    administration,
    copy_database,
    drop_database,
    object_store,
    postgresql_server,
    redis_server,
    s3_environment,
)
from support.web import Web

from app.db.engine import Database, migrate, open_database
from app.imaging.object_store import open_files
from app.settings import Settings

OPEN = "/proc/self/fd"
LEFT_OPEN = 40
"""Files and sockets that a file of tests may leave open, for what the whole session keeps."""

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure() -> None:
    """Take the time of the disk, of hashing, and of compiling the same again, off the tests.

    And of looking for garbage, by default after every 700 new objects.
    """
    gc.set_threshold(10_000)
    scratch.write_into_memory()
    scratch.let_bytecode_be_kept()
    compiled.let_engines_share_statements()
    cheap_passwords.hash_cheaply()


def pytest_collection_finish() -> None:
    """Look for no garbage among the million objects of what was imported, which stays."""
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have tests run on SQLite, on PostgreSQL or on both."""
    databases.spread(metafunc)


@pytest.fixture(scope="module", autouse=True)
def _closes_what_it_opens() -> Iterator[None]:
    """Fails the file of tests that leaves files or sockets open: select() knows 1,024 of them."""
    before = len(os.listdir(OPEN))
    yield
    if len(os.listdir(OPEN)) > before + LEFT_OPEN:
        gc.collect()
        assert len(os.listdir(OPEN)) <= before + LEFT_OPEN, "what these tests opened stays open"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address, without a database name, of a real PostgreSQL with a migrated template."""
    with postgresql_server(switches=SMALL) as address:
        with administration(address) as server:
            server.execute(text("CREATE DATABASE migrated"))
        migrate(f"{address}/migrated")
        yield address


@pytest.fixture(scope="session")
def administered(postgresql: str) -> Iterator[Connection]:
    """A connection that makes databases: to open one takes as long as to copy a database."""
    with administration(postgresql) as server:
        yield server


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Redis."""
    with redis_server(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an object store."""
    with object_store() as address:
        yield address


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The address of a folder of a new bucket, whose keys and endpoint are set."""
    for name, value in s3_environment(s3).items():
        monkeypatch.setenv(name, value)
    name = f"films-{abs(hash(request.node.nodeid))}"
    open_files("s3://").mkdir(name)
    return f"s3://{name}/knees"


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """The address of a migrated SQLite database of this test alone."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    shutil.copy(migrated_sqlite, home / "condyle.sqlite3")
    return f"sqlite:///{home / 'condyle.sqlite3'}"


@pytest.fixture
def postgresql_url(
    postgresql: str, administered: Connection, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of a migrated PostgreSQL database of this test alone."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    copy_database(administered, "migrated", name)
    yield f"{postgresql}/{name}"
    drop_database(administered, name)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database, of the kinds that `support/databases.py` says."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A sessionmaker on a migrated database; the test runs once on each kind."""
    yield from _open(database_url)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """An open unit of work, committed when the test has ended."""
    with database() as session, session.begin():
        yield session


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A sessionmaker on a migrated SQLite database."""
    yield from _open(sqlite_url)


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[Database]:
    """A sessionmaker on a migrated PostgreSQL database, which has several writers at a time."""
    yield from _open(postgresql_url)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose home is this test's own folder."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def web(database: Database, settings: Settings) -> Web:
    """The web application on this test's database; the test runs once on each kind."""
    settings.home.mkdir(exist_ok=True)
    return Web(database, settings)


def _open(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.kw["bind"].dispose()
