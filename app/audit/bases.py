"""Where the audit log begins since its oldest events were retired: each time a row and an event.

The row lets the database remove what is older. The event, in the chain, states the same, so that a
row that anybody added, changed or removed is seen.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.people import AuditBase

RETIRE = "retire events"
"""The action of the event that states a base."""


class Base(NamedTuple):
    """A beginning of the log.

    Attributes:
        first_id: number of the first event that is kept.
        digest: that of the event before it.
        events: how many were retired.
        archive_digest: SHA-256 of the file that they were written to.
    """

    first_id: int
    digest: str
    events: int
    archive_digest: str


_ALL = select(*(getattr(AuditBase, name) for name in Base._fields)).order_by(AuditBase.first_id)


def all_of(session: Session) -> list[Base]:
    """Return each beginning that the log has had, oldest first; none where nothing was retired."""
    return [Base(*row) for row in session.execute(_ALL)]


def newest(session: Session) -> Base | None:
    """Return where the log begins; None where nothing was retired."""
    row = session.execute(_ALL.order_by(None).order_by(AuditBase.first_id.desc()).limit(1)).first()
    return Base(*row) if row else None


def stated(details: Mapping[str, Any]) -> Base | None:
    """Return the base that an event of the action `RETIRE` states; None where it states none."""
    try:
        return Base(**{name: details[name] for name in Base._fields})
    except KeyError:
        return None


def agree(there: Sequence[Base], said: Sequence[Base | None]) -> bool:
    """Tell whether the rows are what the events state.

    Args:
        there: the rows, oldest first.
        said: what the events that are kept state, in their order. Those of earlier rows may have
            been retired since, but never that of the newest.
    """
    if not said:
        return not there
    return list(there[-len(said) :]) == list(said)
