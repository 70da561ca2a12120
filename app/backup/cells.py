"""One line of a backup's table, checked: the columns of the table, and values of their kinds.

SQLite keeps a text in a column of numbers, so its types are looked at here.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import JSON, Column, Table

from app.db.tables import Table as Mapped
from app.db.tables import storable

Columns = Mapping[str, Callable[[Any], Any]]
"""By name: what turns a value of the backup into one for the database, or raises ValueError."""


class WrongRow(Exception):
    """This line is no row of the table; says how, without what is in it."""


def columns_of(table: Table) -> Columns:
    """Return how the values of a table's columns are read.

    Args:
        table: as the database has it.
    """
    return {column.name: _reader(table.name, column) for column in table.columns}


def row_of(line: bytes, columns: Columns) -> dict[str, Any]:
    """Return a row from a line of JSON.

    Raises:
        WrongRow: it has other columns, or a value is of another kind.
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WrongRow("is no JSON") from error
    if not isinstance(values, dict):
        raise WrongRow("is no JSON object")
    for name in values.keys() ^ columns.keys():
        verb = "lacks" if name in columns else "has an unknown"
        raise WrongRow(f"{verb} column {name[:40]!r}")
    return {name: _value(name, read, values[name]) for name, read in columns.items()}


def _value(name: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return None if value is None else read(value)
    except (ValueError, OverflowError) as error:
        raise WrongRow(f"holds what cannot be in its column {name}") from error


def _reader(table: str, column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, JSON):
        kind = _kinds_of_json().get((table, column.name))
        return lambda value: _of_kind(value, kind) if kind else value
    return _READERS[column.type.python_type]


@cache
def _kinds_of_json() -> dict[tuple[str, str], type]:
    """Return whether a JSON column holds an object or a list, by table and column."""
    found: dict[tuple[str, str], type] = {}
    for mapper in Mapped.registry.mappers:
        hints = get_type_hints(mapper.class_)
        for column in mapper.columns:
            if isinstance(column.type, JSON):
                (mapped,) = get_args(hints[column.name])
                kind = get_origin(mapped)
                if kind not in (dict, list):  # one of them, or None
                    kind = get_origin(get_args(mapped)[0])
                found[column.table.name, column.name] = kind
    return found


def _of_kind(value: Any, *kinds: type) -> Any:
    """Return a value of JSON; there, no truth value is a number."""
    if type(value) not in kinds:
        raise ValueError("another kind")
    return value


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(_of_kind(value, str)).astimezone(UTC)


_READERS: dict[type, Callable[[Any], Any]] = {
    bool: lambda value: _of_kind(value, bool),
    int: lambda value: _of_kind(value, int),
    float: lambda value: float(_of_kind(value, int, float)),
    str: lambda value: storable(_of_kind(value, str)),
    datetime: _moment,
}
