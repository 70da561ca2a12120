"""An installation in use, its backup, and an empty one to restore it into."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from support.installations import installation, silent

from app.backup.commands import write_backup
from app.settings import Settings


@pytest.fixture
def used(database_url: str, settings: Settings) -> Settings:
    """An installation in use."""
    return installation(database_url, settings)


@pytest.fixture
def backup(used: Settings, tmp_path: Path) -> Path:
    """Its backup."""
    write_backup(used, tmp_path / "backup.tar", silent)
    return tmp_path / "backup.tar"


@pytest.fixture(scope="session")
def made_once(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of an installation on SQLite, for all tests that only spoil or restore it."""
    home = tmp_path_factory.mktemp("backed-up")
    shutil.copy(migrated_sqlite, home / "condyle.sqlite3")
    url = f"sqlite:///{home / 'condyle.sqlite3'}"
    file = tmp_path_factory.mktemp("backup") / "backup.tar"
    write_backup(installation(url, Settings(home=home)), file, silent)
    return file


@pytest.fixture
def copied(made_once: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    shutil.copy(made_once, tmp_path / "backup.tar")
    return tmp_path / "backup.tar"


@pytest.fixture
def with_tables(migrated_sqlite: Path, tmp_path: Path) -> Callable[[str], Settings]:
    """Makes empty installations by name, whose database has its tables: they take seconds."""

    def empty(name: str) -> Settings:
        file = shutil.copy(migrated_sqlite, tmp_path / f"{name}.sqlite3")
        return Settings(home=tmp_path / name, database_url=f"sqlite:///{file}")

    return empty


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(
    request: pytest.FixtureRequest, postgresql: str, tmp_path: Path
) -> Iterator[Settings]:
    """An empty installation: SQLite in its home folder, or a PostgreSQL without tables."""
    if request.param == "sqlite":
        yield Settings(home=tmp_path / "elsewhere")
        return
    engine = create_engine(f"{postgresql}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE elsewhere"))
        yield Settings(home=tmp_path / "elsewhere", database_url=f"{postgresql}/elsewhere")
        connection.execute(text("DROP DATABASE elsewhere WITH (FORCE)"))
    engine.dispose()
