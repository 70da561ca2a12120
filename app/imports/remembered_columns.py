"""What was said of a table's columns, kept for the next table with the same headers."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.db.clock import moment
from app.db.imports import ColumnMapping
from app.db.upsert import insert_into


def recalled(session: Session, key: str) -> list[str]:
    """Return what was said last of a table with these headers; empty where nothing was.

    Args:
        session: an open unit of work.
        key: as `app.imports.columns.key_of` returns it.
    """
    kept = session.get(ColumnMapping, key)
    return [] if kept is None else kept.columns


def remember(session: Session, learned: Mapping[str, Sequence[str]]) -> None:
    """Keep what was said of tables, in place of what was said before.

    Args:
        session: an open unit of work.
        learned: what was said of each table, by its key.
    """
    dialect = session.get_bind().dialect.name
    for key, entries in learned.items():
        insert = insert_into(dialect, ColumnMapping)
        new = {"columns": list(entries), "at": moment(session)}
        session.execute(
            insert.values(headers=key, **new).on_conflict_do_update(
                index_elements=["headers"], set_=new
            )
        )
