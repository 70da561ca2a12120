"""What waits, as numbers beside the links of every page.

They tell a reader nothing about an image: how much of a blind worklist is open follows from what is
listed and read, not from what was said. Adjudication is left out, since its number grows in the
moment in which two readers turn out to differ; the first page, which a reader opens between films,
has it.

It lies beside the features: every page shows them.
"""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from app.db.learning import Run
from app.db.people import User
from app.db.privacy import HeldFilm
from app.worklists import queues
from app.worklists.queues import WorklistName

COUNTED_AT_MOST = 100
"""Of each worklist: what a page of any kind may spend on it."""
READ: tuple[WorklistName, ...] = ("audit", "seed", "validation")


@dataclass(frozen=True)
class Badges:
    """How much waits.

    Attributes:
        read: open reads of the blind worklists.
        review: images in review.
        held: films that an admin has to look at before a reader does.
        runs: runs that have not ended.
    """

    read: int = 0
    review: int = 0
    held: int = 0
    runs: int = 0


def of(session: Session, user: User) -> Badges:
    """Return what waits for a person, in one round trip."""
    counts = session.execute(_counts(user.role == "admin"), {"at_most": COUNTED_AT_MOST}).one()
    return Badges(sum(counts[: len(READ)]), *counts[len(READ) :])


@cache
def _counts(admin: bool) -> Select[*tuple[int, ...]]:
    listed = [queues.counted(worklist).scalar_subquery() for worklist in (*READ, "review")]
    if admin:
        held = select(literal(1)).where(HeldFilm.state == "held").limit(COUNTED_AT_MOST)
        listed.append(select(func.count()).select_from(held.subquery()).scalar_subquery())
        active = select(func.count(Run.id)).where(Run.status.in_(("queued", "running")))
        listed.append(active.scalar_subquery())
    return select(*listed)
