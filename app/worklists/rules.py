"""The worklists as the admin sees them: how much is on each, in whose hands, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app import audit
from app.blindness import in_review
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Lease, WorklistItem
from app.errors import NotFound
from app.sweeps import latest_sweep_id
from app.texts import _
from app.worklists import leases
from app.worklists.queues import WorklistName


@dataclass(frozen=True)
class Standing:
    """One worklist: its reads, and those that are still to be made."""

    worklist: WorklistName
    reads: int
    open: int


def standings(session: Session) -> list[Standing]:
    """Return how much is on each worklist; of review, in the latest sweep."""
    rows = session.execute(
        select(
            WorklistItem.worklist, func.count(), func.count().filter(WorklistItem.done.is_(False))
        ).group_by(WorklistItem.worklist)
    )
    counts = {worklist: (reads, waiting) for worklist, reads, waiting in rows}
    decided = PseudoLabel.status.in_(("approved", "corrected", "rejected"))
    done, still = session.execute(
        select(func.count().filter(decided), func.count().filter(in_review())).where(
            PseudoLabel.sweep_id == latest_sweep_id(session)
        )
    ).one()
    counts["review"] = done + still, still
    return [Standing(name, *counts.get(name, (0, 0))) for name in get_args(WorklistName)]


def active_people(session: Session) -> Sequence[Row[int, str]]:
    """Return id and name of everybody who may log in, by name."""
    active = select(User.id, User.name).where(User.active).order_by(func.lower(User.name))
    return session.execute(active).all()


@dataclass(frozen=True)
class Hands:
    """What one reader holds.

    Attributes:
        reader_id: of the reader.
        name: the reader's.
        images: how many of each worklist, and of the `grid`.
        until: when the last of these leases runs out.
    """

    reader_id: int
    name: str
    images: dict[str, int]
    until: datetime


def in_hands(session: Session, now: datetime) -> list[Hands]:
    """Return what each reader holds now, by the readers' names."""
    rows = session.execute(
        select(User.id, User.name, Lease.worklist, func.count(), func.max(Lease.expires_at))
        .join(User, User.id == Lease.reader_id)
        .where(Lease.expires_at > now)
        .group_by(User.id, User.name, Lease.worklist)
        .order_by(User.name, Lease.worklist)
    )
    found: dict[int, Hands] = {}
    for reader_id, name, worklist, images, until in rows:
        held = found.get(reader_id, Hands(reader_id, name, {}, until))
        both = held.images | {worklist: images}
        found[reader_id] = Hands(reader_id, name, both, max(held.until, until))
    return list(found.values())


def release(session: Session, reader_id: int, now: datetime, by: User) -> int:
    """Let others have what a reader holds; return how many images it was.

    Raises:
        NotFound: there is no such person.
    """
    if session.get(User, reader_id) is None:
        raise NotFound(_("There is no such person."), _("person {number}", number=reader_id))
    images = leases.give_back(session, reader_id, now)
    audit.record(session, by, "release", f"person {reader_id}", images=images)
    return images
