"""A row for every table of a schema, of whichever release: made from what the database says."""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    literal_column,
    select,
    table,
)
from sqlalchemy.exc import IntegrityError

ALEMBIC = "alembic_version"
CHOICE = re.compile(r"""\(*"?(\w+)"?\)*(?:::text)? (?:IN \(|= ANY \(+ARRAY\[)'([^']+)'""")


def counts(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has now, but for Alembic's own."""
    names = set(inspect(connection).get_table_names()) - {ALEMBIC}
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in sorted(names)
    }


def fill(connection: Connection, names: Collection[str]) -> None:
    """Put a row into each of some tables: every column, else as few as it takes."""
    found = MetaData()
    found.reflect(connection, only=list(names), resolve_fks=False)
    left = [found.tables[name] for name in names]
    while left:
        # What points to a table that has no row yet comes after it.
        still = [each for each in left if not _add(connection, each)]
        assert len(still) < len(left), f"no row for {[each.name for each in still]}"
        left = still


def _add(connection: Connection, into: Table) -> bool:
    for row in _tries(connection, into):
        try:
            with connection.begin_nested():
                connection.execute(insert(into).values(row))
            return True
        except IntegrityError:
            continue
    return False


def _tries(connection: Connection, into: Table) -> Iterator[dict[str, Any]]:
    """Yield rows to try: with all columns, without those that may be empty, with one of them."""
    chosen = _choices(into)
    for number in (1, 2):
        whole = {each.name: _value(connection, each, chosen, number) for each in into.columns}
        needed = {each.name: whole[each.name] for each in into.columns if not each.nullable}
        yield whole
        yield needed
        for name in sorted(whole.keys() - needed.keys()):
            yield needed | {name: whole[name]}


def _choices(of: Table) -> dict[str, str]:
    """Return the first of the values that the checks allow each column."""
    checks = (each for each in of.constraints if isinstance(each, CheckConstraint))
    return dict(found for each in checks for found in CHOICE.findall(str(each.sqltext)))


def _value(connection: Connection, column: Column[Any], chosen: dict[str, str], number: int) -> Any:
    for key in column.foreign_keys:
        name, its = key.target_fullname.split(".")
        return connection.execute(
            select(literal_column(f'"{its}"')).select_from(table(name))
        ).scalar()
    if column.name in chosen:
        return chosen[column.name]
    kinds: tuple[tuple[type, Any], ...] = (
        (JSON, {}),
        (Boolean, True),
        (DateTime, datetime(2026, 1, 1, tzinfo=UTC)),
        (Integer, number),
        (Float, 0.5),
        (LargeBinary, b"x"),
    )
    return next((value for kind, value in kinds if isinstance(column.type, kind)), "x")
