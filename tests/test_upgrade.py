"""A database of any release is upgraded with everything that is in it."""

from collections.abc import Iterator

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select
from support.any_rows import counts, fill

from app.db import Table
from app.db.engine import migrate, migrations

ENDED = {"0002": {"lease"}, "0013": {"log_in"}}
"""Upgrades that end what people hold at that moment: they take the film again, or log in again."""


def revisions() -> Iterator[str]:
    found = ScriptDirectory.from_config(migrations()).walk_revisions()
    return reversed([each.revision for each in found])


def test_every_migration_can_be_taken_back_and_made_again_and_keeps_what_is_there(
    database_url: str,
) -> None:
    migrate(database_url, "base")
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert counts(connection) == {}
    before: dict[str, int] = {}
    for revision in revisions():
        migrate(database_url, revision)
        with engine.begin() as connection:
            after = counts(connection)
            lost = {name for name, rows in before.items() if after.get(name, rows) < rows}
            assert lost == ENDED.get(revision, set()), revision
            fill(connection, [name for name, rows in after.items() if not rows])
            before = counts(connection)
    assert set(before) == set(Table.metadata.tables)
    assert min(before.values()) > 0
    with engine.connect() as connection:
        # Whatever is stored can be read by the types that this release gives it.
        for table in Table.metadata.sorted_tables:
            assert connection.execute(select(table)).all()
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()
