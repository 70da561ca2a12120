"""Remembering who has seen what others said, so that they are not handed it blind."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import audit
from app.blindness import may_still_be_read
from app.db.changes import changed_one
from app.db.people import User
from app.db.reading import Sight
from app.db.upsert import insert_into
from app.worklists import leases


def note_sight(session: Session, user_id: int, image_id: int | None, now: datetime) -> None:
    """Remember that somebody sees what was said of an image, None for all images.

    Args:
        now: the present moment, UTC.
    """
    leases.lock_reader(session, user_id)
    of_image = Sight.image_id.is_(None) if image_id is None else Sight.image_id == image_id
    again = update(Sight).where(Sight.user_id == user_id, of_image).values(at=now)
    if not changed_one(session, again):
        session.add(Sight(user_id=user_id, image_id=image_id, at=now))
        session.flush()


def note_sights(session: Session, user_id: int, image_ids: Sequence[int], now: datetime) -> None:
    """Remember that somebody sees what was said of some images.

    Args:
        now: the present moment, UTC.
    """
    leases.lock_reader(session, user_id)
    row = insert_into(session.get_bind().dialect.name, Sight)
    again = row.on_conflict_do_update(
        index_elements=[Sight.user_id, Sight.image_id], set_={"at": row.excluded.at}
    )
    rows = [{"user_id": user_id, "image_id": image_id, "at": now} for image_id in image_ids]
    session.execute(again, rows)


def note_history(session: Session, user: User, image_id: int, now: datetime) -> None:
    """Record that somebody sees the history of an image, in the audit log where it is open to read.

    Args:
        now: the present moment, UTC.
    """
    note_sight(session, user.id, image_id, now)
    if session.scalar(select(may_still_be_read(image_id))):
        audit.record(session, user, "see history", f"image {image_id}")
