"""What the reads of an image amount to: its reference label, or a disagreement to adjudicate.

::

    single read      one reader, or several in different worklists: the latest read decides
    agreement        all independent readers of a worklist said the same
    adjudication     they did not, and an adjudicator decided

Between the last independent read and the adjudication, an image on which readers differ has no
reference label: no model learns from it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.reading.reads import stands

ADJUDICATION = "adjudication"
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_OF_IMAGE = WorklistItem.image_id == Annotation.image_id
_OF_LIST = _OF_IMAGE, WorklistItem.worklist == Annotation.worklist
_TURNS = select(func.count()).select_from(WorklistItem).where(*_OF_LIST).scalar_subquery()
_WAITING = exists().where(*_OF_LIST, WorklistItem.done.is_(False))
_DISPUTED = exists().where(
    _OF_IMAGE, WorklistItem.worklist == ADJUDICATION, WorklistItem.done.is_(False)
)
_READS = (
    select(
        Annotation.image_id,
        Annotation.reader_id,
        Annotation.worklist,
        Annotation.class_id,
        (_TURNS > 1) & ~_WAITING,
        _DISPUTED,
    )
    .where(
        Annotation.image_id.in_(bindparam("image_ids", expanding=True)),
        stands(Annotation),
    )
    .order_by(Annotation.at, Annotation.id)
)


class Read(NamedTuple):
    """A read that stands.

    Attributes:
        image_id: what was read.
        reader_id: who read.
        worklist: on which.
        class_id: the class; None is no label at all.
        comparable: whether several read the image on that worklist, and all of them have.
        disputed: whether the image waits for adjudication.
    """

    image_id: int
    reader_id: int
    worklist: str
    class_id: int | None
    comparable: bool
    disputed: bool


def rebuild_reference(session: Session, image_id: int, now: datetime) -> None:
    """Rebuild an image's reference label and its place on the adjudication worklist.

    Each reader counts with their latest read. Call it after every change of the image's reads or
    worklist items, with the image locked.
    """
    rebuild_references(session, [image_id], now)


def rebuild_references(session: Session, image_ids: Collection[int], now: datetime) -> None:
    """Do as `rebuild_reference` for many images, in as many statements as for one."""
    reads = _standing_reads(session, image_ids)
    contested = {image_id for image_id, of_image in reads.items() if _is_contested(of_image)}
    _adjudicate(session, contested)
    # An image without a read tells nothing of its place on the worklist.
    listed = {image for image, of_image in reads.items() if not of_image or of_image[0].disputed}
    _settle(session, listed - contested)
    verdicts = {image: _verdict(reads[image], image in contested) for image in reads}
    _set(session, verdicts, now)


def _standing_reads(session: Session, image_ids: Collection[int]) -> dict[int, list[Read]]:
    """Return the reads that stand, by image, the latest last."""
    reads: dict[int, list[Read]] = {image_id: [] for image_id in image_ids}
    for row in session.execute(_READS, {"image_ids": list(reads)}):
        reads[row[0]].append(Read(*row))
    return reads


def _is_contested(reads: Sequence[Read]) -> bool:
    """Whether the independent readers of a worklist are all done and differ."""
    said: dict[str, dict[int, int | None]] = {}
    for read in reads:
        if read.comparable:
            said.setdefault(read.worklist, {})[read.reader_id] = read.class_id
    return any(len(set(of_reader.values())) > 1 for of_reader in said.values())


def _adjudicate(session: Session, image_ids: Collection[int]) -> None:
    """Put images at the end of the adjudication worklist, where they are not on it.

    An adjudication that was made stays: it is withdrawn by its own reader only.
    """
    if not image_ids:
        return
    items = select(WorklistItem.image_id).where(WorklistItem.worklist == ADJUDICATION)
    listed = session.scalars(items.where(WorklistItem.image_id.in_(image_ids)))
    if not (missing := sorted(set(image_ids) - set(listed))):
        return
    last = session.scalar(
        select(func.max(WorklistItem.position)).where(WorklistItem.worklist == ADJUDICATION)
    )
    rows = [
        {"worklist": ADJUDICATION, "image_id": image_id, "position": position}
        for position, image_id in enumerate(missing, 1 + (last or 0))
    ]
    session.execute(insert(WorklistItem), rows)


def _settle(session: Session, image_ids: Collection[int]) -> None:
    """Take images on which nobody differs off the adjudication worklist, where they wait there."""
    if image_ids:
        waiting = WorklistItem.worklist == ADJUDICATION, WorklistItem.done.is_(False)
        session.execute(
            delete(WorklistItem).where(*waiting, WorklistItem.image_id.in_(image_ids)),
            execution_options={"synchronize_session": False},
        )


def _verdict(reads: Sequence[Read], contested: bool) -> tuple[int | None, str]:
    """Return the class the reads amount to, None where they amount to none, and on what basis."""
    adjudications = [read for read in reads if read.worklist == ADJUDICATION]
    if adjudications:
        return adjudications[-1].class_id, ADJUDICATION
    if contested or not reads:
        return None, ""
    of_reader = {read.reader_id: read.class_id for read in reads}
    latest = reads[-1].class_id
    agree = len(of_reader) > 1 and set(of_reader.values()) == {latest}
    return latest, "agreement" if agree else "single_read"


def _set(session: Session, verdicts: Mapping[int, tuple[int | None, str]], now: datetime) -> None:
    """Keep what the reads of images amount to: a class and on what basis, or no label."""
    unlabelled = [image_id for image_id, (class_id, _) in verdicts.items() if class_id is None]
    labels = [
        {"image_id": image_id, "class_id": class_id, "basis": basis, "at": now}
        for image_id, (class_id, basis) in verdicts.items()
        if class_id is not None
    ]
    if unlabelled:
        session.execute(
            delete(ReferenceLabel).where(ReferenceLabel.image_id.in_(unlabelled)),
            execution_options={"synchronize_session": False},
        )
    if labels:
        session.execute(_setting(session.get_bind().dialect.name), labels)


@cache
def _setting(dialect: str) -> Any:
    """Return the statement that sets an image's reference label."""
    columns: dict[str, Any] = {name: bindparam(name) for name in ("class_id", "basis", "at")}
    row = _INSERT[dialect](ReferenceLabel.__table__).values(
        image_id=bindparam("image_id"), **columns
    )
    changed = {name: row.excluded[name] for name in columns}
    return row.on_conflict_do_update(index_elements=[ReferenceLabel.image_id], set_=changed)
