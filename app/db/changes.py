"""Conditional changes: one statement finds the rows and changes them, so that of two one is late.

Objects that a session holds already are left as they were.
"""

from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from app.db.asking import ask


def changed(
    session: Session, statement: Executable, parameters: dict[str, Any] | None = None
) -> int:
    """Carry out a conditional change and return how many rows it found.

    Args:
        session: an open unit of work.
        statement: an UPDATE or a DELETE.
        parameters: of the statement.
    """
    return ask(session, statement, parameters or {}).rowcount


def changed_one(
    session: Session, statement: Executable, parameters: dict[str, Any] | None = None
) -> bool:
    """Carry out a conditional change and say whether it found its row."""
    return changed(session, statement, parameters) == 1
