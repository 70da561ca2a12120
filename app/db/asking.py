"""Asking for columns, without the ORM's work for each statement.

A session prepares each statement anew for the objects that it may load or keep in step, which
takes twice as long as the statement itself. A reader's decision asks a dozen of them.
"""

from collections.abc import Mapping
from typing import Any, TypeVarTuple, overload

from sqlalchemy import CursorResult, Executable
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TypedReturnsRows

Columns = TypeVarTuple("Columns")


@overload
def ask(
    session: Session, statement: TypedReturnsRows[*Columns], values: Mapping[str, Any]
) -> CursorResult[*Columns]: ...


@overload
def ask(
    session: Session, statement: Executable, values: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]: ...


def ask(session: Session, statement: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
    """Carry out a statement of columns in the session's transaction.

    What the session has not written yet is written first. Objects that it holds already are left
    as they were.

    Args:
        session: an open unit of work.
        statement: best the same object for the same question each time; it names no whole table.
        values: of its bind parameters, by their names.
    """
    session.flush()
    return session.connection().execute(statement, values)
