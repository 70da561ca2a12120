"""Which transactions may write, and so hold up who else writes to SQLite, and what they did."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.db.engine import READS, Database

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
BEATS = ("UPDATE run SET lease_expires_at", "UPDATE part SET lease_expires_at")
"""What every transaction of a run, or of a part of one, begins with."""
Transaction = list[str]
"""Its statements, as the driver gets them."""


@contextmanager
def writing(database: Database) -> Iterator[list[Transaction]]:
    """Yield the transactions, begun from now on, that did not say that they only read.

    A heartbeat of a run is none of them: it asks at once whether it was cancelled. Nor is one that
    was refused midway, and so wrote nothing.
    """
    engine = database.kw["bind"]
    found: list[Transaction] = []
    open_ones: dict[Any, Transaction] = {}

    def begin(connection: Any) -> None:
        open_ones.pop(connection.connection.dbapi_connection, None)
        beats = threading.current_thread().name.startswith("heart-")
        if not beats and not connection.get_execution_options().get(READS, False):
            found.append([])
            open_ones[connection.connection.dbapi_connection] = found[-1]

    def note(connection: Any, _cursor: object, statement: str, *_rest: object) -> None:
        open_ones.get(connection.connection.dbapi_connection, []).append(statement)

    def refuse(connection: Any) -> None:
        refused = open_ones.pop(connection.connection.dbapi_connection, None)
        found[:] = [each for each in found if each is not refused]

    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "rollback", refuse)
    try:
        yield found
    finally:
        event.remove(engine, "begin", begin)
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "rollback", refuse)


def wrote(transaction: Transaction, but: tuple[str, ...] = BEATS) -> bool:
    """Whether a transaction wrote anything; its beat is none."""
    return any(
        statement.startswith(WRITES) and not statement.startswith(but) for statement in transaction
    )
