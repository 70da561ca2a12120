"""Which decisions are to be sent: those that stand, are known in the PACS, and may be told there.

A decision is known by the moment at which its reference label was made, which is another each time
the label is rebuilt. So what is missing, and what is outdated, follows from the rows alone.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update

from app.blindness import is_open
from app.db import clock
from app.db.archive import Image
from app.db.changes import changed
from app.db.engine import Database, read_only
from app.db.reading import ReferenceLabel
from app.db.upsert import insert_into
from app.db.write_back import OutgoingReport, PacsReference
from app.outbox.due import KINDS, Kind
from app.pacs import references

AT_ONCE = 500
"""Reports that are put into the outbox in one transaction."""


def fill(database: Database, key_name: str) -> int:
    """Put decisions that are missing into the outbox, mark what is outdated; return how many.

    Args:
        database: the sessionmaker.
        key_name: of the key that opens the references.
    """
    references.note_key(database, key_name)
    added, after = 0, 0
    while True:
        with read_only(database) as session:
            missing = [row._asdict() for row in session.execute(_missing(key_name, after))]
        if missing:
            with database.begin() as session:
                row = insert_into(session.get_bind().dialect.name, OutgoingReport)
                session.execute(row.on_conflict_do_nothing(), missing)
        added += len(missing)
        if len(missing) < AT_ONCE:
            break
        after = missing[-1]["image_id"]
    for kind in KINDS:
        _mark_outdated(database, kind)
    return added


def _mark_outdated(database: Database, kind: Kind) -> None:
    with read_only(database) as session:
        if not session.scalar(select(exists().where(*_is_outdated(kind)))):
            return
    over = {"status": "outdated", "owner": None, "ended_at": clock.NOW}
    with database.begin() as session:
        changed(session, update(kind.table).where(*_is_outdated(kind)).values(over))


def _missing(key_name: str, after: int) -> Select[Any]:
    """Return the decisions that are not in the outbox, on images after one that was looked at."""
    there = exists().where(
        OutgoingReport.image_id == ReferenceLabel.image_id,
        OutgoingReport.decided_at == ReferenceLabel.at,
    )
    last = (
        select(func.coalesce(func.max(OutgoingReport.number), 0))
        .where(OutgoingReport.image_id == ReferenceLabel.image_id)
        .scalar_subquery()
    )
    return (
        select(
            ReferenceLabel.image_id,
            (last + 1).label("number"),
            ReferenceLabel.at.label("decided_at"),
        )
        .join(Image, Image.id == ReferenceLabel.image_id)
        .join(PacsReference, PacsReference.source_digest == Image.source_digest)
        .where(PacsReference.key_name == key_name, ReferenceLabel.image_id > after)
        .where(~there, ~is_open(ReferenceLabel.image_id))
        .order_by(ReferenceLabel.image_id)
        .limit(AT_ONCE)
    )


def _is_outdated(kind: Kind) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that something was not sent and what it says holds no more."""
    table = kind.table
    nobodys = or_(table.owner.is_(None), table.due_at <= clock.NOW)
    unsent = table.status.in_(("waiting", "refused", "given_up"))
    return unsent, nobodys, ~kind.stands()
