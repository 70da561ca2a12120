"""Insertions that say what happens where the row is there already."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from app.db.tables import Table

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(dialect: str, table: type[Table]) -> Any:
    """Return an insertion that knows `on_conflict_do_update` and `on_conflict_do_nothing`.

    SQLAlchemy has it for each database apart, though both write `INSERT ... ON CONFLICT`.

    Args:
        dialect: `session.get_bind().dialect.name`.
        table: which to insert into.

    Returns:
        `sqlalchemy.dialects.sqlite.Insert`, or PostgreSQL's.
    """
    return _INSERT[dialect](table.__table__)
