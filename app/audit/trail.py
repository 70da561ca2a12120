"""The rows of the audit trail, with what it takes to check their chain."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.chain import HASHED, written
from app.db.batches import in_batches
from app.db.people import AuditEvent, User

COLUMNS = [*HASHED[:2], "person", *HASHED[2:], "digest"]
"""All that a digest is of is among them, so that the chain can be checked."""


def rows(session: Session, below: int | None = None) -> Iterator[dict[str, Any]]:
    """Return every event, oldest first; see `app.audit.chain` for what its digest is of.

    Args:
        session: a unit of work that sees one moment.
        below: only events with a smaller number; None for all.
    """
    query = select(AuditEvent.id, AuditEvent, User.name).outerjoin_from(AuditEvent, User)
    if below is not None:
        query = query.where(AuditEvent.id < below)
    for _id, event, name in chain.from_iterable(in_batches(session, query, AuditEvent.id)):
        row = {each: getattr(event, each) for each in COLUMNS if each != "person"}
        yield row | {"at": written(event.at), "person": name}
