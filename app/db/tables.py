"""What all tables share: the metadata, UTC timestamps and constraint names."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    MetaData,
    String,
    TextClause,
    literal_column,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

Id = Annotated[int, Field(ge=1, lt=2**31)]
"""The number of a row, where an address or a form names one: PostgreSQL counts rows in 32 bits."""
IdInJson = Annotated[Id, Field(strict=True)]
"""The same in a body of JSON, which has numbers: `true` is no row 1."""

NUMBERED_ONCE = {"sqlite_autoincrement": True}
"""Of a table whose rows can be removed: no later row gets the number of a removed one. PostgreSQL
does so anyhow."""


class UtcDateTime(TypeDecorator[datetime]):
    """A timestamp that is UTC in Python on every database (SQLite forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a timestamp without a time zone cannot be stored")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        return value and (
            value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        )


class PlainText(TypeDecorator[str]):
    """Text as every database can keep it.

    Names of files may hold bytes that are no UTF-8, and tables from old systems zeros, which
    PostgreSQL refuses. One such letter must not stop an import of a hundred thousand films.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: object) -> str | None:
        return value and storable(value)


def storable(text: str) -> str:
    """Return a text with a question mark for each letter that no database and no page can hold."""
    return text.encode(errors="replace").decode().replace("\0", "?")


def where(condition: TextClause) -> dict[str, Any]:
    """Return the options of an index that holds only the rows which meet a condition."""
    return {"sqlite_where": condition, "postgresql_where": condition}


def written(constant: str | int) -> ColumnElement[Any]:
    """Return a constant of ours, such as a worklist's name, that is written into a statement.

    A value that is bound is prepared anew each time the statement is asked. And PostgreSQL, which
    makes a plan for a statement without its values, expects a tenth of the table where one of them
    limits the rows.

    Args:
        constant: a number or one word; nothing that anybody has sent.
    """
    if isinstance(constant, int):
        return literal_column(str(constant), Integer())
    assert constant.isidentifier(), constant
    return literal_column(f"'{constant}'", String())


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Table(DeclarativeBase):
    """The parent of every table; constraint names are fixed so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[type, type]] = {datetime: UtcDateTime, str: PlainText}


def one_of(column: str, *values: str) -> str:
    """Return the SQL condition that a text column holds one of the values."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
