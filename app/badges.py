"""What waits, as numbers beside the links of every page.

They tell a reader nothing about an image: how much of a blind worklist is open follows from what is
listed and read, not from what was said. Adjudication is left out, since its number grows in the
moment in which two readers turn out to differ; the first page, which a reader opens between films,
has it.

It lies beside the features: every page shows them.
"""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    bindparam,
    case,
    literal,
    select,
)
from sqlalchemy.orm import Session

from app import open_reads
from app.announcing import offered
from app.blindness import BLIND, in_review
from app.db.conditions import is_open_to
from app.db.learning import PseudoLabel, Run
from app.db.notifications import Notification
from app.db.people import User
from app.db.privacy import HeldFilm
from app.db.tables import written
from app.sweeps import LATEST_SWEEP

COUNTED_AT_MOST = 100
"""Of each worklist, and of each named list: what a page of any kind may spend on it."""
_AT_MOST = written(COUNTED_AT_MOST)
_READER: ColumnElement[int] = bindparam("reader")


@dataclass(frozen=True)
class Badges:
    """How much waits.

    Attributes:
        read: open reads of the blind worklists.
        review: images in review.
        unread: notifications that the person has not read.
        held: films that an admin has to look at before a reader does.
        runs: runs that have not ended.
    """

    read: int = 0
    review: int = 0
    unread: int = 0
    held: int = 0
    runs: int = 0


def of(session: Session, user: User) -> Badges:
    """Return what waits for a person, in one round trip."""
    counts = session.execute(_counts(user.role), {"reader": user.id}).one()
    return Badges(sum(counts[: len(BLIND)]), *counts[len(BLIND) :])


@cache
def _counts(role: str) -> Select[*tuple[int, ...]]:
    listed = [
        _theirs(worklist, open_reads.counted(worklist, _READER, _AT_MOST)) for worklist in BLIND
    ]
    listed.append(_theirs("review", _some(_in_review())))
    listed.append(_some(_unread(role)))
    if role == "admin":
        listed.append(_some(select(literal(1)).where(HeldFilm.state == "held")))
        listed.append(_some(select(literal(1)).where(Run.status.in_(("queued", "running")))))
    return select(*listed)


def _in_review() -> Select[int]:
    latest = PseudoLabel.sweep_id == LATEST_SWEEP.scalar_subquery()
    waiting = select(literal(1)).select_from(PseudoLabel).where(latest, in_review())
    return waiting.order_by(PseudoLabel.review_order)


def _unread(role: str) -> Select[int]:
    mine = Notification.user_id == _READER, Notification.read_at.is_(None)
    return select(literal(1)).where(*mine, Notification.topic.in_(offered(role)))


def _theirs(worklist: str, count: ColumnElement[int]) -> ColumnElement[int]:
    """Return a count, or 0 where the list is assigned to others."""
    return case((is_open_to(worklist, _READER), count), else_=0)


def _some(rows: Select[int]) -> ScalarSelect[int]:
    """Count rows, up to `COUNTED_AT_MOST`."""
    return open_reads.up_to(rows, _AT_MOST)
