"""The schema exists only in the migrations, and they go both ways."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from app.db import Table
from app.db.engine import Database, migrate, open_engine


def test_the_migrations_make_exactly_the_tables_the_code_declares(database: Database) -> None:
    with database.kw["bind"].connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []


def test_every_migration_can_be_taken_back_and_made_again(database_url: str) -> None:
    migrate(database_url, "base")
    engine = open_engine(database_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(database_url)
    assert set(inspect(engine).get_table_names()) == {"alembic_version", *Table.metadata.tables}
    engine.dispose()
