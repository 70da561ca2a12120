"""An installation in use, its backup, and an empty one to restore it into."""

from collections.abc import Iterator
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
