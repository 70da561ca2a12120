"""Reading a long table bit by bit: it is never whole in memory, however long it is."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam
from sqlalchemy.orm import InstrumentedAttribute, Session

BATCH = 1000
"""Rows that one statement reads."""
Rows = Sequence[Row[*tuple[Any, ...]]]


def in_batches(
    session: Session, query: Select[*tuple[Any, ...]], key: InstrumentedAttribute[int]
) -> Iterator[Rows]:
    """Yield rows in the order of a key, batch by batch, each read by a statement of its own.

    Args:
        session: a unit of work that sees one moment.
        query: whose first column is the key.
        key: a primary key.
    """
    # Written into the statement: PostgreSQL plans a prepared one without its values.
    batch = query.order_by(key).limit(bindparam("batch", BATCH, Integer, literal_execute=True))
    following = batch.where(key > bindparam("last"))
    last = 0
    while rows := session.execute(following, {"last": last}).all():
        yield rows
        last = rows[-1][0]
