"""When something that another machine has not taken is tried again, and what a try makes of it.

What waits is a row with `status`, `due_at`, `owner`, `attempts` and `tried_at`, as
`app.db.webhooks.Delivery` describes them. Each transition is one conditional UPDATE: whoever
changes no row has lost the race.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Update, case, exists, null, or_, select, update
from sqlalchemy.orm import Session

from app.db import clock
from app.db.changes import changed, changed_one

WAITS = (10, 60, 300, 1800, 3600, 7200, 14_400)
"""Seconds before the second try, the third, ...: eight tries, over seven and a half hours."""
LATE_SECONDS = 600
"""For how long something may be due and not be tried before somebody should know."""
ANEW: Mapping[str, Any] = {
    "status": "waiting",
    "attempts": 0,
    "due_at": clock.NOW,
    "ended_at": None,
}
"""What a row that has ended becomes when it is to be sent again, at once."""


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


def is_overdue(table: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a row of a table has been due for `LATE_SECONDS`."""
    return table.status == "waiting", table.due_at < clock.after(-LATE_SECONDS)


def is_late(session: Session, tables: Mapping[Any, Sequence[ColumnElement[bool]]]) -> bool:
    """Whether something is overdue while nobody is at anything there.

    Args:
        session: an open unit of work.
        tables: where it may wait, each with the conditions that a row may be tried.
    """
    late = (exists().where(*is_overdue(table), *may) for table, may in tables.items())
    held = (exists().where(*is_held(table)) for table in tables)
    return bool(session.scalar(select(or_(*late) & ~or_(*held))))


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


def after(made: int, status: str | None, last: str, asked: float = 0) -> dict[str, Any]:
    """Return what a try makes of a row: it has ended, or waits for the next.

    Args:
        made: which try it was, from 1.
        status: what the row has become; None where another try may bring more.
        last: what it becomes where there is no other.
        asked: as for `wait_after`.
    """
    wait = None if status else wait_after(made, asked)
    if wait is None:
        return {"status": status or last, "ended_at": clock.NOW}
    return {"due_at": clock.after(wait)}


def let_go(session: Session, table: Any, number: int, owner: str, values: dict[str, Any]) -> bool:
    """Write down what came of a try.

    Args:
        session: an open unit of work.
        table: of what waits.
        number: of the row.
        owner: who tried it.
        values: what there is to say, and what `after` returns.

    Returns:
        False where the row is no longer the owner's: then nothing is written.
    """
    mine = table.id == number, table.owner == owner, table.status == "waiting"
    told = {"owner": None, "tried_at": clock.NOW, **values}
    return changed_one(session, update(table).where(*mine).values(told))


def put_off(
    session: Session,
    table: Any,
    which: Sequence[ColumnElement[bool]],
    last: str | None,
    values: dict[str, Any],
) -> None:
    """Count a try for whatever is due: where it goes was not reached.

    A thousand things then do not wait for a thousand connections in vain.

    Args:
        session: an open unit of work.
        table: of what waits.
        which: conditions on the rows.
        last: what a row becomes that has no other try; None where it is tried for ever.
        values: what there is to say.
    """
    wait = case(dict(enumerate(WAITS)), value=table.attempts, else_=WAITS[-1])
    told = {
        "attempts": table.attempts + 1,
        "tried_at": clock.NOW,
        "due_at": clock.after(wait),
        **values,
    }
    if last is not None:
        more = table.attempts < len(WAITS)
        told["status"] = case((more, "waiting"), else_=last)
        told["ended_at"] = case((more, null()), else_=clock.NOW)
    changed(session, update(table).where(*is_due(table), *which).values(told))
