"""Which image is whose.

Every change of a lease is one conditional statement, and a row lock on the reader keeps two tabs of
one person apart. So no read of an image is ever in two hands, on SQLite (one writer at a time) and
on PostgreSQL (READ COMMITTED). Locks are taken in one order: reader, image, worklist item, lease.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.archive import Image
from app.db.people import User
from app.db.reading import Lease

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def lock_reader(session: Session, reader_id: int) -> None:
    """Let one request of a reader wait for the other, until the transaction ends."""
    row = select(User.id).where(User.id == reader_id).with_for_update(key_share=True)
    session.execute(row).first()


def lock_image(session: Session, image_id: int) -> None:
    """Let everything that changes what the reads of an image amount to go one after another.

    Two independent readers who finish one image at once would each miss the other's read.
    """
    lock_images(session, [image_id])


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
    row = {
        "reader_id": reader_id,
        "worklist": worklist,
        "expires_at": now + timedelta(seconds=lease_seconds),
    }
    insert = _INSERT[session.get_bind().dialect.name](Lease.__table__)
    taken = insert.values(image_id=image_id, turn=turn, **row).on_conflict_do_update(
        index_elements=[Lease.image_id, Lease.turn],
        set_=row,
        where=(Lease.reader_id == reader_id) | (Lease.expires_at <= now),
    )
    return session.execute(taken.returning(Lease.image_id)).first() is not None


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
    insert = _INSERT[session.get_bind().dialect.name](Lease.__table__).values(rows)
    taken = insert.on_conflict_do_update(
        index_elements=[Lease.image_id, Lease.turn],
        set_={name: insert.excluded[name] for name in ("reader_id", "worklist", "expires_at")},
        where=(Lease.reader_id == reader_id) | (Lease.expires_at <= now),
    )
    return list(session.scalars(taken.returning(Lease.image_id)))


def held(session: Session, reader_id: int, worklist: str) -> list[tuple[int, int]]:
    """Return the images a reader holds on a worklist, each with its turn, expired or not."""
    mine = select(Lease.image_id, Lease.turn).where(
        Lease.reader_id == reader_id, Lease.worklist == worklist
    )
    return [(image_id, turn) for image_id, turn in session.execute(mine)]


def turn_held(session: Session, reader_id: int, image_id: int, worklist: str) -> int | None:
    """Return which read of an image the reader holds on a worklist; None where none."""
    mine = Lease.image_id == image_id, Lease.reader_id == reader_id, Lease.worklist == worklist
    return session.scalar(select(Lease.turn).where(*mine))


def drop(session: Session, reader_id: int, image_id: int, worklist: str) -> bool:
    """Give one image back; False where the reader no longer holds it on this worklist.

    A lease that ran out but that nobody took over still counts: no work is thrown away.
    """
    mine = Lease.image_id == image_id, Lease.reader_id == reader_id, Lease.worklist == worklist
    return changed_one(session, delete(Lease).where(*mine))


def drop_all(session: Session, reader_id: int, worklist: str) -> None:
    """Give back whatever the reader holds on a worklist."""
    session.execute(delete(Lease).where(Lease.reader_id == reader_id, Lease.worklist == worklist))


def changed_one(session: Session, statement: Executable) -> bool:
    """Run a conditional change and say whether it found its row."""
    return cast(CursorResult[Any], session.execute(statement)).rowcount == 1
