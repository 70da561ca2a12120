"""The name of a patient or an image that no other has: its key, with its scope if it has one."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, case

from app.db.archive import Image, Patient

SCOPE_ENDS = "\x1f"
"""Between scope and key in a unique name: a sign that no id has."""


def unique_name(table: type[Patient] | type[Image]) -> ColumnElement[str]:
    """Return the expression of a row's key that no other row shares: with its scope if it has one.

    Draws and groupings go by it; where no scope is needed it is the key alone.
    """
    return case((table.scope == "", table.key), else_=table.scope + SCOPE_ENDS + table.key)


def is_named(table: type[Patient] | type[Image], names: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a row's unique name is one of these, found by the index of keys."""
    keys = [name.rpartition(SCOPE_ENDS)[2] for name in names]
    return table.key.in_(keys) & unique_name(table).in_(names)


def name_of(scope: str, key: str) -> str:
    """Return the unique name of a row that is still to be."""
    return f"{scope}{SCOPE_ENDS}{key}" if scope else key
