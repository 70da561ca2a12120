"""The latest sweep: the one whose pseudo-labels are reviewed, accepted and learned from.

It lies beside the features, not in one of them, so that every feature may ask for it.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.learning import Sweep

LATEST_SWEEP = select(func.max(Sweep.id)).where(Sweep.selected)
"""The id of the latest sweep to which the acceptance rule has been applied."""


def latest_sweep_id(session: Session) -> int | None:
    """Return the id of the latest sweep to which the acceptance rule has been applied, or None.

    Args:
        session: an open unit of work.
    """
    return session.scalar(LATEST_SWEEP)


def latest_sweep(session: Session) -> Sweep | None:
    """Return the latest sweep to which the acceptance rule has been applied, or None.

    Args:
        session: an open unit of work.
    """
    return session.scalar(select(Sweep).where(Sweep.id == LATEST_SWEEP.scalar_subquery()))
