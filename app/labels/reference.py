"""What the reads of an image amount to: its reference label, or a disagreement to adjudicate.

::

    single read      one reader, or several in different worklists: the latest read decides
    agreement        all independent readers of a worklist said the same
    adjudication     they did not, or one of them thinks otherwise now, and an adjudicator decided
    overruled        an admin has given another label, with a reason

Between the last independent read and the adjudication, an image on which readers differ has no
reference label: no model learns from it. Nor has an image that is excluded, whatever was said.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.db.asking import ask
from app.db.conditions import counts, excluded, stands
from app.db.reading import Annotation, Lease, Overrule, ReferenceLabel, WorklistItem
from app.db.tables import written
from app.db.upsert import insert_into

ADJUDICATION = "adjudication"
OVERRULED = "overruled"
NOTHING = -1
"""Stands for a reader who says nothing of an image any more; None is a reader who sees no label."""
_OF_IMAGE = WorklistItem.image_id == Annotation.image_id
_OF_LIST = _OF_IMAGE, WorklistItem.worklist == Annotation.worklist
_TURNS = select(func.count()).select_from(WorklistItem).where(*_OF_LIST).scalar_subquery()
_ADJUDICATION = written(ADJUDICATION)
# + "": without statistics SQLite would go through all that is open of the list, not of the image.
_LIST = WorklistItem.worklist + literal_column("''")
_OPEN = WorklistItem.done.is_(False)
_WAITING = exists().where(
    _OF_IMAGE, Annotation.worklist == _LIST, _OPEN, WorklistItem.final.is_(False)
)
_UNMARKED = exists().where(*_OF_LIST, WorklistItem.final.is_(False))
_DISPUTED = exists().where(_OF_IMAGE, _LIST == _ADJUDICATION, _OPEN)
_OVERRULED = (
    select(Overrule.class_id)
    .where(Overrule.image_id == Annotation.image_id)
    .order_by(Overrule.id.desc())
    .limit(written(1))
    .scalar_subquery()
)
_COLUMNS_OF_READ = (
    Annotation.image_id,
    Annotation.reader_id,
    Annotation.worklist,
    Annotation.class_id,
    stands(Annotation),
    and_(counts(Annotation), _TURNS > 1, ~_WAITING),
    _UNMARKED,
    _DISPUTED,
    _OVERRULED,
)


def _reads_of(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    standing = or_(stands(Annotation), counts(Annotation)), ~excluded(Annotation.image_id)
    return select(*_COLUMNS_OF_READ).where(which, *standing).order_by(Annotation.at, Annotation.id)


_OF_ONE = _reads_of(Annotation.image_id == bindparam("image_id"))
_OF_MANY = _reads_of(Annotation.image_id.in_(bindparam("image_ids", expanding=True)))


class Read(NamedTuple):
    """A read that stands, or that its reader is compared by though it was taken back too late.

    Attributes:
        image_id: what was read.
        reader_id: who read.
        worklist: on which.
        class_id: the class; None is no label at all.
        stands: whether its reader has not taken it back.
        comparable: whether it counts as independent, several read the image on that worklist, and
            all of them have.
        unmarked: whether that is not marked on the worklist yet.
        disputed: whether the image waits for adjudication.
        overruled: the class an admin has given the image; None where none has.
    """

    image_id: int
    reader_id: int
    worklist: str
    class_id: int | None
    stands: bool
    comparable: bool
    unmarked: bool
    disputed: bool
    overruled: int | None


def rebuild_reference(session: Session, image_id: int, now: datetime) -> None:
    """Rebuild an image's reference label and its place on the adjudication worklist.

    Each reader counts with their latest read. Call it after every change of the image's reads or
    worklist items, with the image locked.
    """
    rebuild_references(session, [image_id], now)


def rebuild_references(session: Session, image_ids: Collection[int], now: datetime) -> None:
    """Do as `rebuild_reference` for many images, in as many statements as for one."""
    reads = _reads(session, image_ids)
    _mark_final(session, [read for of_image in reads.values() for read in of_image])
    contested = {image_id for image_id, of_image in reads.items() if _is_contested(of_image)}
    _adjudicate(session, contested)
    # An image without a read tells nothing of its place on the worklist.
    listed = {image for image, of_image in reads.items() if not of_image or of_image[0].disputed}
    _take_off(session, listed - contested)
    verdicts = {image: _verdict(reads[image], image in contested) for image in reads}
    adjudicated = [image for image, (_, basis) in verdicts.items() if basis == ADJUDICATION]
    _close_taken_back(session, adjudicated)
    _set(session, verdicts, now)


def _reads(session: Session, image_ids: Collection[int]) -> dict[int, list[Read]]:
    """Return the reads that stand or are compared, by image, the latest last."""
    reads: dict[int, list[Read]] = {image_id: [] for image_id in image_ids}
    if len(reads) == 1:  # where a reader waits
        rows = ask(session, _OF_ONE, {"image_id": next(iter(reads))})
    else:
        rows = ask(session, _OF_MANY, {"image_ids": list(reads)})
    for row in rows:
        reads[row[0]].append(Read(*row))
    return reads


def _mark_final(session: Session, reads: Sequence[Read]) -> None:
    """Mark the independent reads of images that have all of them: none can be taken out again."""
    made = {(read.worklist, read.image_id) for read in reads if read.comparable and read.unmarked}
    for worklist, image_id in made:
        session.execute(
            update(WorklistItem)
            .where(WorklistItem.worklist == worklist, WorklistItem.image_id == image_id)
            .values(final=True),
            execution_options={"synchronize_session": False},
        )


def _is_contested(reads: Sequence[Read]) -> bool:
    """Whether the independent readers of a worklist are all done, and differ or did.

    A reader who said something else later, or took a read back and says nothing any more, has not
    agreed.
    """
    compared = [read for read in reads if read.comparable]
    of_list: dict[str, set[int | None]] = {}
    for read in compared:
        of_list.setdefault(read.worklist, set()).add(read.class_id)
    now = {(read.worklist, read.reader_id): read.class_id for read in reads if read.stands}
    changed = any(
        now.get((read.worklist, read.reader_id), NOTHING) != read.class_id for read in compared
    )
    return changed or any(len(classes) > 1 for classes in of_list.values())


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


def _take_off(session: Session, image_ids: Collection[int]) -> None:
    """Take images on which nobody differs off the adjudication worklist, where they wait there."""
    if image_ids:
        waiting = WorklistItem.worklist == ADJUDICATION, WorklistItem.done.is_(False)
        session.execute(
            delete(WorklistItem).where(*waiting, WorklistItem.image_id.in_(image_ids)),
            execution_options={"synchronize_session": False},
        )


def _close_taken_back(session: Session, image_ids: Collection[int]) -> None:
    """Wait no longer for readers who took a read back and have not the image in hands.

    An adjudicator has decided in their place.
    """
    if image_ids:
        in_hands = exists().where(
            Lease.image_id == WorklistItem.image_id,
            Lease.turn == WorklistItem.turn,
            Lease.worklist == WorklistItem.worklist,
        )
        session.execute(
            update(WorklistItem)
            .where(
                WorklistItem.image_id.in_(image_ids),
                WorklistItem.final,
                WorklistItem.done.is_(False),
                ~in_hands,
            )
            .values(done=True),
            execution_options={"synchronize_session": False},
        )


def _verdict(reads: Sequence[Read], contested: bool) -> tuple[int | None, str]:
    """Return the class the reads amount to, None where they amount to none, and on what basis."""
    reads = [read for read in reads if read.stands]
    if reads and reads[0].overruled is not None:
        return reads[0].overruled, OVERRULED
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
    row = insert_into(dialect, ReferenceLabel).values(image_id=bindparam("image_id"), **columns)
    changed = {name: row.excluded[name] for name in columns}
    return row.on_conflict_do_update(index_elements=[ReferenceLabel.image_id], set_=changed)
