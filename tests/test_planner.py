"""The database plans by how large its tables are, not by what they were, or by nothing."""

import pytest
from sqlalchemy import text
from support.worklist_rows import add_images

from app.db import planner
from app.db.engine import Database

SEEN = {
    "sqlite": "SELECT CAST(stat AS INTEGER) FROM sqlite_stat1 WHERE tbl = 'image' LIMIT 1",
    "postgresql": "SELECT CAST(reltuples AS INTEGER) FROM pg_class WHERE relname = 'image'",
}


def seen(database: Database) -> int | None:
    """Return how many images the database plans with."""
    with database() as session:
        return session.scalar(text(SEEN[session.get_bind().dialect.name]))


def test_the_database_plans_with_what_has_come(database: Database) -> None:
    for more, altogether in ((300, 300), (900, 1200)):
        with database.begin() as session:
            add_images(session, more, name=f"of {more}")
        planner.refresh(database)
        # SQLite looks at some of the rows and estimates how many there are.
        assert altogether / 2 <= (seen(database) or 0) <= 2 * altogether


def test_one_that_is_busy_is_left_alone(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "PATIENCE_SECONDS", 0)
    planner.refresh(sqlite_database)
    with sqlite_database.begin() as session:
        add_images(session, 1)
        planner.refresh(sqlite_database)
    with sqlite_database.begin() as session:
        assert session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
