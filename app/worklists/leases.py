"""Which image is whose.

Every change of a lease is one conditional statement, and a row lock on the reader keeps two tabs of
one person apart. So no read of an image is ever in two hands, on SQLite (one writer at a time) and
on PostgreSQL (READ COMMITTED). Locks are taken in one order: reader, image, worklist item, lease.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    Select,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.db.archive import Image
from app.db.asking import ask
from app.db.changes import changed, changed_one
from app.db.people import User
from app.db.reading import Lease
from app.db.tables import UtcDateTime
from app.db.upsert import insert_into

_READER_ROW = select(User.id).where(User.id == bindparam("id")).with_for_update(key_share=True)
_IMAGE_ROW = select(Image.id).where(Image.id == bindparam("id")).with_for_update(key_share=True)
_HELD = select(Lease.image_id, Lease.turn).where(
    Lease.reader_id == bindparam("reader"), Lease.worklist == bindparam("list")
)
TURN_HELD = select(Lease.turn).where(
    Lease.image_id == bindparam("image"),
    Lease.reader_id == bindparam("reader"),
    Lease.worklist == bindparam("list"),
)
_BY_READER: dict[str, Any] = {
    "reader_id": bindparam("reader_id"),
    "worklist": bindparam("worklist"),
    "expires_at": bindparam("expires_at", type_=UtcDateTime()),
}
_DROP = delete(Lease).where(
    Lease.image_id == bindparam("image"),
    Lease.reader_id == bindparam("reader"),
    Lease.worklist == bindparam("list"),
)


def lock_reader(session: Session, reader_id: int) -> None:
    """Let one request of a reader wait for the other, until the transaction ends."""
    _lock(session, _READER_ROW, reader_id)


def lock_image(session: Session, image_id: int) -> None:
    """Let everything that changes what the reads of an image amount to go one after another.

    Two independent readers who finish one image at once would each miss the other's read.
    """
    _lock(session, _IMAGE_ROW, image_id)


def lock_images(session: Session, image_ids: Sequence[int]) -> None:
    """Lock many images as `lock_image` does, in one order for everybody."""
    rows = select(Image.id).where(Image.id.in_(image_ids)).order_by(Image.id)
    session.execute(rows.with_for_update(key_share=True)).all()


def take(
    session: Session,
    reader_id: int,
    image_id: int,
    worklist: str,
    lease_seconds: int,
    now: datetime,
    turn: int = 1,
) -> bool:
    """Lease a read of an image that is free, expired or already this reader's.

    Args:
        lease_seconds: how long it is kept for the reader.
        now: the present moment, UTC.
        turn: which of the image's independent reads.

    Returns:
        False where another reader holds it.
    """
    parameters = {
        "image_id": image_id,
        "turn": turn,
        "reader_id": reader_id,
        "worklist": worklist,
        "expires_at": now + timedelta(seconds=lease_seconds),
        "now": now,
    }
    statement = _taking(session.get_bind().dialect.name)
    return ask(session, statement, parameters).first() is not None


def take_first(
    session: Session,
    reads: Select[*tuple[Any, ...]],
    parameters: Mapping[str, Any],
    worklist: str,
    lease_seconds: int,
) -> Row[int, int] | None:
    """Lease the first of the reads that a statement selects and locks, as `take` would.

    Args:
        reads: selects image and turn of one read; always the same object for the same question.
        parameters: what it is to be executed with, `reader_id` and `now` among it.
        lease_seconds: how long it is kept for the reader.

    Returns:
        The image and the turn; None where there is none, or another reader was faster.
    """
    expires_at = parameters["now"] + timedelta(seconds=lease_seconds)
    statement = _taking_first(session.get_bind().dialect.name, reads)
    values = {**parameters, "worklist": worklist, "expires_at": expires_at}
    return ask(session, statement, values).first()


def take_all(
    session: Session,
    reader_id: int,
    image_ids: Sequence[int],
    worklist: str,
    lease_seconds: int,
    now: datetime,
) -> list[int]:
    """Lease many images at once, each as `take` would.

    Returns:
        The images that are this reader's now; the others are in other hands.
    """
    if not image_ids:
        return []
    expires_at = now + timedelta(seconds=lease_seconds)
    rows = [
        {
            "image_id": image_id,
            "turn": 1,
            "reader_id": reader_id,
            "worklist": worklist,
            "expires_at": expires_at,
        }
        # In one order for everybody, so that two requests cannot wait for each other.
        for image_id in sorted(image_ids)
    ]
    insert = insert_into(session.get_bind().dialect.name, Lease).values(rows)
    taken = insert.on_conflict_do_update(
        index_elements=[Lease.image_id, Lease.turn],
        set_={name: insert.excluded[name] for name in ("reader_id", "worklist", "expires_at")},
        where=(Lease.reader_id == reader_id) | (Lease.expires_at <= now),
    )
    return list(session.scalars(taken.returning(Lease.image_id)))


def held(session: Session, reader_id: int, worklist: str) -> list[tuple[int, int]]:
    """Return the images a reader holds on a worklist, each with its turn, expired or not."""
    rows = ask(session, _HELD, {"reader": reader_id, "list": worklist})
    return [(image_id, turn) for image_id, turn in rows]


def turn_held(session: Session, reader_id: int, image_id: int, worklist: str) -> int | None:
    """Return which read of an image the reader holds on a worklist; None where none."""
    parameters = {"image": image_id, "reader": reader_id, "list": worklist}
    return session.scalar(TURN_HELD, parameters)


def drop(session: Session, reader_id: int, image_id: int, worklist: str) -> bool:
    """Give one image back; False where the reader no longer holds it on this worklist.

    A lease that ran out but that nobody took over still counts: no work is thrown away.
    """
    parameters = {"image": image_id, "reader": reader_id, "list": worklist}
    return changed_one(session, _DROP, parameters)


def drop_all(session: Session, reader_id: int, worklist: str) -> None:
    """Give back whatever the reader holds on a worklist."""
    session.execute(delete(Lease).where(Lease.reader_id == reader_id, Lease.worklist == worklist))


def give_back(session: Session, reader_id: int, now: datetime, *which: ColumnElement[bool]) -> int:
    """Let leases of a reader run out now: others may have the images.

    As with any lease that ran out, a decision that was on its way still counts as long as nobody
    has taken the image over.

    Args:
        now: the present moment, UTC.
        which: conditions on Lease; none of them: all that the reader holds, on every worklist.

    Returns:
        How many leases they were.
    """
    lock_reader(session, reader_id)
    given = Lease.reader_id == reader_id, Lease.expires_at > now, *which
    # Locked in the order in which others take them.
    rows = select(Lease.image_id).where(*given).order_by(Lease.image_id, Lease.turn)
    session.execute(rows.with_for_update()).all()
    return changed(session, update(Lease).where(*given).values(expires_at=now))


@cache
def _taking(dialect: str) -> Any:
    """Return the statement that takes a lease which is free, expired or the reader's own."""
    row = {"image_id": bindparam("image_id"), "turn": bindparam("turn")} | _BY_READER
    return _if_free(insert_into(dialect, Lease).values(row))


@cache
def _taking_first(dialect: str, reads: Select[*tuple[Any, ...]]) -> Any:
    """Return the statement that takes the first of the reads a statement selects."""
    image, turn, *_ = reads.selected_columns
    rows = reads.with_only_columns(image, turn, *_BY_READER.values())
    columns = ["image_id", "turn", *_BY_READER]
    return _if_free(insert_into(dialect, Lease).from_select(columns, rows))


def _if_free(insert: Any) -> Any:
    """Return an insertion that takes over what is expired or the reader's own."""
    moment = bindparam("now", type_=UtcDateTime())
    return insert.on_conflict_do_update(
        index_elements=[Lease.image_id, Lease.turn],
        set_={name: insert.excluded[name] for name in _BY_READER},
        where=(Lease.reader_id == bindparam("reader_id")) | (Lease.expires_at <= moment),
    ).returning(Lease.image_id, Lease.turn)


def _lock(session: Session, row: Executable, row_id: int) -> None:
    """Lock a row; SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name != "sqlite":
        ask(session, row, {"id": row_id}).first()
