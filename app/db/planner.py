"""Telling the database how large its tables have become: by that it plans its queries."""

import logging
import sqlite3

from app.db.engine import PATIENCE_SECONDS, TIMEOUT_SECONDS, Database
from app.db.tables import Table

log = logging.getLogger(__name__)

ROWS_LOOKED_AT = 1000
"""Of each index of SQLite's: 0.1 s for a million images; all of them would take seconds."""


def refresh(database: Database) -> None:
    """Have the database count anew what it plans by; one that is busy is left alone.

    SQLite plans by what it was last told, or by nothing. (`PRAGMA optimize` does nothing before
    version 3.46 where the connection has not asked for much itself.) PostgreSQL tells itself within
    minutes, which is late for what follows an import of many rows.
    """
    engine = database.kw["bind"]
    if engine.dialect.name == "sqlite":
        _in_sqlite(database)
        return
    quoted = engine.dialect.identifier_preparer.quote
    # Those that this process has imported, in no order: a part of them may not know their keys.
    names = ", ".join(quoted(each) for each in Table.metadata.tables)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"ANALYZE {names}")


def _in_sqlite(database: Database) -> None:
    driver = database.kw["bind"].raw_connection()  # no transaction is begun on it
    try:
        cursor = driver.cursor()
        cursor.execute(f"PRAGMA busy_timeout={1000 * PATIENCE_SECONDS}")
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
    except sqlite3.OperationalError as error:
        log.info("the planner was told nothing: %s", error)
    finally:
        driver.cursor().execute(f"PRAGMA busy_timeout={1000 * TIMEOUT_SECONDS}")
        driver.close()
