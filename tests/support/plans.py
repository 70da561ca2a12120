"""What PostgreSQL went through for each statement: it says so itself, once asked to."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import event

from app.db.engine import Database

ASKED = (
    "LOAD 'auto_explain'",
    "SET auto_explain.log_min_duration = 0",
    "SET auto_explain.log_analyze = on",
    "SET auto_explain.log_buffers = on",
    "SET auto_explain.log_timing = off",
    "SET auto_explain.log_format = json",
    "SET client_min_messages = log",
)
READ = "Shared Hit Blocks", "Shared Read Blocks"
PASSED_OVER = (
    "Rows Removed by Filter",
    "Rows Removed by Join Filter",
    "Rows Removed by Index Recheck",
)


class Work(NamedTuple):
    """What one statement took.

    Attributes:
        statement: its text.
        blocks: of 8 kB that it read, whether or not they were in memory.
        rows: that went through the nodes of its plan, those passed over included.
        plan: as PostgreSQL states it.
    """

    statement: str
    blocks: int
    rows: int
    plan: dict[str, Any]


def follow(database: Database) -> Callable[[], list[Work]]:
    """Have PostgreSQL explain every statement; return what gives those since the last call."""
    done: list[Work] = []

    def note(diagnostic: Any) -> None:
        _, begins, plan = (diagnostic.message_primary or "").partition("plan:\n")
        if begins:
            done.append(_work(json.loads(plan)))

    def ask(connection: Any, _record: object) -> None:
        connection.add_notice_handler(note)
        with connection.cursor() as cursor:
            for each in ASKED:
                cursor.execute(each)
        connection.commit()

    event.listen(database.kw["bind"], "connect", ask)

    def take() -> list[Work]:
        taken = done[:]
        done.clear()
        return taken

    return take


def _work(explained: dict[str, Any]) -> Work:
    plan = explained["Plan"]
    return Work(
        explained["Query Text"],
        sum(plan[each] for each in READ),
        sum(map(_rows, _nodes(plan))),
        plan,
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)


def _rows(node: dict[str, Any]) -> int:
    passed = node["Actual Rows"] + sum(node.get(each, 0) for each in PASSED_OVER)
    return int(passed * node["Actual Loops"])
