"""When something that another machine has not taken is tried again: the one place that says so.

What waits is a row with `status`, `due_at`, `owner` and `attempts`, as `app.db.webhooks.Delivery`
describes them.
"""

from typing import Any

from sqlalchemy import ColumnElement, Update, select, update

from app.db import clock

WAITS = (10, 60, 300, 1800, 3600, 7200, 14_400)
"""Seconds before the second try, the third, ...: eight tries, over seven and a half hours."""
LATE_SECONDS = 600
"""For how long something may be due and not be tried before somebody should know."""


def most() -> int:
    """Return how many tries there are."""
    return len(WAITS) + 1


def wait_after(tries: int, asked: float = 0) -> float | None:
    """Return how many seconds after a try the next one is; None where it was the last.

    Args:
        tries: how many there were, from 1.
        asked: seconds that the other machine asked to wait for; four hours at most are granted.
    """
    if tries >= most():
        return None
    return max(WAITS[tries - 1], min(asked, WAITS[-1]))


def is_due(table: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a row of a table is to be tried now."""
    return table.status == "waiting", table.due_at <= clock.NOW


def is_held(table: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that somebody is at a row of a table."""
    return table.status == "waiting", table.owner.is_not(None), table.due_at > clock.NOW


def claim(table: Any, owner: str, seconds: float, *which: ColumnElement[bool]) -> Update:
    """Return the statement that gives somebody the row that has been due for the longest.

    Args:
        table: of what waits.
        owner: a name nobody else claims by.
        seconds: for how long the try is theirs.
        which: conditions on the row.
    """
    first = (
        select(table.id)
        .where(*is_due(table), *which)
        .order_by(table.due_at, table.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(table)
        .where(table.id == first, *is_due(table))
        .values(owner=owner, attempts=table.attempts + 1, due_at=clock.after(seconds))
        .execution_options(synchronize_session=False)
    )
