"""Opening the database: the same code on SQLite and PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from app import errors

if TYPE_CHECKING:
    from alembic.config import Config

Database = sessionmaker[Session]
"""What shells are given: `with database.begin() as session:` is one unit of work."""

PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON")
"""Of each connection to SQLite: what was answered outlives a power cut (NORMAL may lose the last
commits of a write-ahead log); what is deleted is overwritten, since it may name a patient."""
TIMEOUT_SECONDS = 30
"""How long one waits for another who writes to SQLite."""
PATIENCE_SECONDS = 1
"""How long the write-ahead log's end waits for those who read; what they hold up goes later."""
PLANS_FOR_SECONDS = 600
"""A connection to SQLite plans by what was known of the tables when it was opened."""
READS = "condyle_reads"
"""Execution option of a connection that only reads."""
TRUSTED_SECONDS = 5
"""A connection that was idle for no longer is used without asking whether it still lives."""
DISK_FULL = "53100"
"""PostgreSQL's code for it."""


def open_engine(url: str) -> Engine:
    """Return an engine for an SQLAlchemy address, with SQLite made fit for several processes.

    SQLite gets WAL, foreign keys and `BEGIN IMMEDIATE`: a deferred transaction that reads before
    it writes lets two workers claim the same row. What only reads waits for nobody and says so
    with `read_only`. Error texts hide the values of a statement: they
    may be a report's.

    Args:
        url: e.g. `sqlite:////path/condyle.sqlite3` or `postgresql+psycopg://user@host/name`.
    """
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(url, hide_parameters=True)
        _compile_nothing(engine)
        _ask_idle_connections(engine)
        return engine
    engine = create_engine(
        url,
        connect_args={"timeout": TIMEOUT_SECONDS, "isolation_level": None},
        pool_recycle=PLANS_FOR_SECONDS,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        reads = connection.get_execution_options().get(READS, False)
        driver = connection.connection.driver_connection
        driver.execute(f"PRAGMA query_only={int(reads)}")
        driver.execute("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _compile_nothing(engine: Engine) -> None:
    """Have PostgreSQL carry out statements without compiling them to machine code first.

    It compiles what it expects to be dear, each time anew, for some hundred milliseconds; and of
    a table it was told nothing of it expects that what is counted in one would be.
    """

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.execute("SET jit = off")
        connection.commit()


def _ask_idle_connections(engine: Engine) -> None:
    """Replace a pooled connection that has died before it is used.

    Only one that was idle for a while is asked: each question is a round trip to the database.
    """

    @event.listens_for(engine, "checkin")
    def _rest(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if monotonic() - record.info.get("idle_since", monotonic()) > TRUSTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error


def open_database(url: str) -> Database:
    """Return the session factory of the database at an SQLAlchemy address."""
    return sessionmaker(open_engine(url), expire_on_commit=False)


@contextmanager
def read_only(database: Database) -> Iterator[Session]:
    """Open a unit of work that writes nothing: `with read_only(database) as session:`.

    A write in it is an error. On SQLite it begins deferred, beside whoever writes.
    """
    with database() as session:
        session.connection(execution_options={READS: True, "postgresql_readonly": True})
        yield session


@contextmanager
def snapshot(database: Database) -> Iterator[Session]:
    """Open a unit of work that writes nothing and sees one moment, however long it reads.

    SQLite's transactions do so anyhow, PostgreSQL's only where they are asked to.
    """
    with database() as session:
        options: dict[str, Any] = {READS: True}
        if session.get_bind().dialect.name != "sqlite":
            options = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        session.connection(execution_options=options)
        yield session


@contextmanager
def looking_up(database: Database) -> Iterator[Session]:
    """Open a session for a look-up of a statement or two, each of which sees its own moment.

    On PostgreSQL no transaction is begun and ended around it, which would take longer than the
    look-up itself. It is for what every request asks; use `read_only` for anything else.
    """
    with database() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.connection(execution_options={READS: True})
        else:
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


def drop_traces(database: Database) -> None:
    """Take what was deleted out of SQLite's write-ahead log too, where nobody reads just now.

    Otherwise the log keeps it until its pages are written over. Other databases keep theirs.
    """
    engine = database.kw["bind"]
    if engine.dialect.name != "sqlite":
        return
    driver = engine.raw_connection()  # no transaction is begun on it
    try:
        cursor = driver.cursor()
        cursor.execute(f"PRAGMA busy_timeout={1000 * PATIENCE_SECONDS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        cursor.execute(f"PRAGMA busy_timeout={1000 * TIMEOUT_SECONDS}")
    finally:
        driver.close()


def is_full(error: Exception) -> bool:
    """Tell whether a database, or a file, could not be written for want of space."""
    if isinstance(error, OSError):
        return error.errno in errors.NO_SPACE
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return _code(error.orig) == sqlite3.SQLITE_FULL
    return getattr(error.orig, "sqlstate", None) == DISK_FULL


def is_passing(error: OperationalError) -> bool:
    """Tell whether a database may do next time what it did not do now.

    A connection cut, a server that starts again, a lock held for too long. SQLite calls a column
    that is missing by the same name, which is a mistake of ours and stays.
    """
    wrong = isinstance(error.orig, sqlite3.Error) and _code(error.orig) == sqlite3.SQLITE_ERROR
    return not wrong and not is_full(error)


def is_damaged(error: SQLAlchemyError) -> bool:
    """Tell whether an SQLite file is none, or holds what cannot be."""
    cause = getattr(error, "orig", None)
    damaged = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(cause, sqlite3.Error) and _code(cause) in damaged


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, the lower byte of the extended one."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to a revision, creating it where it is SQLite and missing."""
    from alembic import command  # takes a tenth of a process's start, and few change the schema

    location = make_url(url)
    if location.get_backend_name() == "sqlite" and location.database:
        Path(location.database).parent.mkdir(parents=True, exist_ok=True)
    config = migrations()
    config.attributes["url"] = url
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def migrations() -> "Config":
    """Return Alembic's configuration: where the migrations are."""
    from alembic.config import Config  # see above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[2] / "migrations"))
    return config


@cache
def newest_revision() -> str:
    """Return the revision of the schema that this release works on."""
    from alembic.script import ScriptDirectory  # see above

    head = ScriptDirectory.from_config(migrations()).get_current_head()
    assert head is not None
    return head
