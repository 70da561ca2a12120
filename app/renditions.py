"""Viewer renditions that readers need: asked for, made by a worker, the latest wish first."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.archive import Image, Rendition
from app.db.changes import changed_one

AGAIN = timedelta(seconds=60)
"""After this time another worker takes on what the first has not made."""
AT_ONCE = 5_000
"""Images named in one statement."""
_UNMADE = (Rendition.kind == "viewer") & Rendition.digest.is_(None)


class Wanted(NamedTuple):
    """A film whose viewer rendition is to be made.

    Attributes:
        image_id: one of its images.
        stored_digest: its de-identified file.
    """

    image_id: int
    stored_digest: str


def want(session: Session, image_ids: Collection[int], now: datetime) -> None:
    """Have the viewer renditions of images made where they are not, before all asked for earlier.

    Args:
        session: an open unit of work.
        image_ids: the images.
        now: the present moment, UTC.
    """
    asked_earlier = Rendition.wanted_at.is_(None) | (Rendition.wanted_at < now)
    wanted = list(image_ids)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        session.execute(
            update(Rendition)
            .where(Rendition.image_id.in_(some), _UNMADE, asked_earlier)
            .values(wanted_at=now),
            execution_options={"synchronize_session": False},
        )


def is_wanted(session: Session, now: datetime) -> bool:
    """Whether any viewer rendition waits to be made."""
    due = select(Rendition.id).where(Rendition.wanted_at <= now, _UNMADE)
    return session.scalar(due.limit(1)) is not None


def claim(session: Session, now: datetime) -> Wanted | None:
    """Take on the rendition that was asked for last; None where none waits.

    Args:
        session: an open unit of work.
        now: the present moment, UTC.
    """
    latest = (
        select(Rendition.id, Rendition.wanted_at, Image.id, Image.stored_digest)
        .join(Image, Image.id == Rendition.image_id)
        .where(Rendition.wanted_at <= now, _UNMADE)
        .order_by(Rendition.wanted_at.desc(), Rendition.id)
        .limit(1)
    )
    found = session.execute(latest).first()
    if found is None:
        return None
    row, wanted_at, image_id, stored_digest = found
    as_found = (Rendition.id == row) & (Rendition.wanted_at == wanted_at)
    taking = update(Rendition).where(as_found).values(wanted_at=now + AGAIN)
    return Wanted(image_id, stored_digest) if changed_one(session, taking) else None


def put(session: Session, image_id: int, made: Mapping[str, Any]) -> None:
    """Give a film its viewer rendition: both images of one of both knees, where they have none.

    Args:
        session: an open unit of work.
        image_id: one of its images.
        made: the columns of what was made of it; its file is in the store.
    """
    source = select(Image.source_digest).where(Image.id == image_id).scalar_subquery()
    of_film = select(Image.id).where(Image.source_digest == source)
    session.execute(
        update(Rendition)
        .where(Rendition.image_id.in_(of_film), _UNMADE)
        .values(**made, wanted_at=None),
        execution_options={"synchronize_session": False},
    )


def give_up(session: Session, image_id: int) -> None:
    """Leave a rendition that cannot be made, until a reader asks for it again."""
    session.execute(
        update(Rendition).where(Rendition.image_id == image_id, _UNMADE).values(wanted_at=None),
        execution_options={"synchronize_session": False},
    )
