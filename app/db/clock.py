"""The database's clock, which all processes share: a machine's own may be an hour off.

Whatever is stored and compared is told by it. `NOW` and `after` are SQL, for a conditional UPDATE
that may have to wait before it is carried out; `moment` is a value, for rules that reckon with it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Float, literal, select
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from app.db.engine import Database, looking_up
from app.db.tables import UtcDateTime

MEASURED_EVERY = 10.0
"""Seconds after which the database is asked again how far its clock is from this process's."""


class _Now(FunctionElement[datetime]):
    """The moment the statement reached the database."""

    type = UtcDateTime()
    name = "condyle_now"
    inherit_cache = True


class _After(FunctionElement[datetime]):
    """The moment the row is written, and so many seconds more."""

    type = UtcDateTime()
    name = "condyle_after"
    inherit_cache = True


NOW: ColumnElement[datetime] = _Now()
"""The present moment, to compare with. PostgreSQL plans with it as with a value."""


def after(seconds: float | ColumnElement[Any]) -> ColumnElement[datetime]:
    """Return the moment so many seconds from when the row is written, to be stored.

    An UPDATE that has waited for a row reckons from the end of its wait.

    Args:
        seconds: how many, with fractions; negative for a moment in the past.
    """
    return _After(literal(seconds, Float()) if isinstance(seconds, int | float) else seconds)


def moment(session: Session) -> datetime:
    """Return the present moment by the database's clock, to some milliseconds.

    PostgreSQL is asked every ten seconds how far its clock is from this process's. SQLite runs in
    this process: their clock is the same.

    Args:
        session: an open unit of work.
    """
    return _moment(session.connection())


def present(database: Database) -> datetime:
    """Return the same where no unit of work is open; one is opened only where a server is asked."""
    engine: Engine = database.kw["bind"]
    if engine.dialect.name == "sqlite":
        return datetime.now(UTC)
    if (reading := _fresh(engine)) is not None:
        return reading.now()
    with looking_up(database) as session:
        return moment(session)


def stamp(context: DefaultExecutionContext) -> datetime:
    """Return the same for a column that says when its row was added: `default=stamp`."""
    return _moment(context.root_connection)


def skew(session: Session) -> timedelta:
    """Return by how much the database's clock is ahead of this machine's."""
    return _moment(session.connection()) - datetime.now(UTC)


@dataclass(frozen=True)
class _Reading:
    """What the database's clock showed at a moment of this process's monotonic one."""

    shown: datetime
    at: float

    def now(self) -> datetime:
        return self.shown + timedelta(seconds=monotonic() - self.at)


_readings: WeakKeyDictionary[Engine, _Reading] = WeakKeyDictionary()


def _moment(connection: Connection) -> datetime:
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    reading = _fresh(connection.engine)
    if reading is None:
        reading = _readings[connection.engine] = _read(connection)
    return reading.now()


def _fresh(engine: Engine) -> _Reading | None:
    reading = _readings.get(engine)
    return reading if reading and monotonic() - reading.at < MEASURED_EVERY else None


def _read(connection: Connection) -> _Reading:
    """Ask the database; its answer is of the middle of the wait for it."""
    asked = monotonic()
    shown = connection.scalar(select(after(0)))
    assert shown is not None
    return _Reading(shown, (asked + monotonic()) / 2)


@compiles(_Now, "sqlite")
def _now_in_sqlite(_element: _Now, _compiler: SQLCompiler, **_: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


@compiles(_Now, "postgresql")
def _now_in_postgresql(_element: _Now, _compiler: SQLCompiler, **_: Any) -> str:
    # now() is the transaction's beginning, and an expression with clock_timestamp() fits no index.
    return "statement_timestamp()"


@compiles(_After, "sqlite")
def _after_in_sqlite(element: _After, compiler: SQLCompiler, **asked: Any) -> str:
    seconds = compiler.process(element.clauses, **asked)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', printf('%f seconds', {seconds})) || '000')"


@compiles(_After, "postgresql")
def _after_in_postgresql(element: _After, compiler: SQLCompiler, **asked: Any) -> str:
    seconds = compiler.process(element.clauses, **asked)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"
