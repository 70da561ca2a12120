"""What the reads of an image amount to: its reference label, or a disagreement to adjudicate.

::

    single read      one reader, or several in different worklists: the latest read decides
    agreement        all independent readers of a worklist said the same
    adjudication     they did not, and an adjudicator decided

Between the last independent read and the adjudication, an image on which readers differ has no
reference label: no model learns from it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.reading.reads import stands

_ITEMS = select(WorklistItem.worklist, WorklistItem.done).where(
    WorklistItem.image_id == bindparam("image_id")
)
_READS = (
    select(Annotation.reader_id, Annotation.worklist, Annotation.class_id)
    .where(Annotation.image_id == bindparam("image_id"), stands(Annotation))
    .order_by(Annotation.at, Annotation.id)
)
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Read(NamedTuple):
    """A read that stands: who read, on which worklist, and the class; None is no label at all."""

    reader_id: int
    worklist: str
    class_id: int | None


def rebuild_reference(session: Session, image_id: int, now: datetime) -> None:
    """Rebuild an image's reference label and its place on the adjudication worklist.

    Each reader counts with their latest read. Call it after every change of the image's reads or
    worklist items, with the image locked.
    """
    reads = _standing_reads(session, image_id)
    items = session.execute(_ITEMS, {"image_id": image_id}).all()
    contested = _is_contested(items, reads)
    _list_for_adjudication(session, image_id, items, contested)
    class_id, basis = _verdict(reads, contested)
    if class_id is None:
        session.execute(delete(ReferenceLabel).where(ReferenceLabel.image_id == image_id))
        return
    label = {"image_id": image_id, "class_id": class_id, "basis": basis, "at": now}
    session.execute(_setting(session.get_bind().dialect.name), label)


def _standing_reads(session: Session, image_id: int) -> list[Read]:
    """Return the reads that stand, the latest last."""
    return [Read(*row) for row in session.execute(_READS, {"image_id": image_id})]


def _is_contested(items: Sequence[Row[str, bool]], reads: Sequence[Read]) -> bool:
    """Whether the independent readers of a worklist are all done and differ."""
    readers = Counter(worklist for worklist, _ in items)
    waiting = {worklist for worklist, done in items if not done}
    for worklist in (name for name, count in readers.items() if count > 1 and name not in waiting):
        said = {read.reader_id: read.class_id for read in reads if read.worklist == worklist}
        if len(set(said.values())) > 1:
            return True
    return False


def _list_for_adjudication(
    session: Session, image_id: int, items: Sequence[Row[str, bool]], contested: bool
) -> None:
    """Put a contested image on the adjudication worklist, or take it off where readers agree now.

    An adjudication that was made stays: it is withdrawn by its own reader only.
    """
    listed = [done for worklist, done in items if worklist == "adjudication"]
    if contested and not listed:
        last = select(func.max(WorklistItem.position)).where(
            WorklistItem.worklist == "adjudication"
        )
        session.execute(
            insert(WorklistItem).values(
                worklist="adjudication",
                image_id=image_id,
                position=(session.scalar(last) or 0) + 1,
            )
        )
    elif listed == [False] and not contested:
        session.execute(
            delete(WorklistItem).where(
                WorklistItem.worklist == "adjudication",
                WorklistItem.image_id == image_id,
                WorklistItem.done.is_(False),
            )
        )


def _verdict(reads: Sequence[Read], contested: bool) -> tuple[int | None, str]:
    """Return the class the reads amount to, None where they amount to none, and on what basis."""
    adjudications = [read for read in reads if read.worklist == "adjudication"]
    if adjudications:
        return adjudications[-1].class_id, "adjudication"
    if contested or not reads:
        return None, ""
    of_reader = {read.reader_id: read.class_id for read in reads}
    latest = reads[-1].class_id
    agree = len(of_reader) > 1 and set(of_reader.values()) == {latest}
    return latest, "agreement" if agree else "single_read"


@cache
def _setting(dialect: str) -> Any:
    """Return the statement that sets an image's reference label."""
    columns: dict[str, Any] = {name: bindparam(name) for name in ("class_id", "basis", "at")}
    row = _INSERT[dialect](ReferenceLabel.__table__).values(
        image_id=bindparam("image_id"), **columns
    )
    changed = {name: row.excluded[name] for name in columns}
    return row.on_conflict_do_update(index_elements=[ReferenceLabel.image_id], set_=changed)
