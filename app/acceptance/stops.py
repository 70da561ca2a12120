"""Whether acceptance is stopped: then no lot is released, whatever its audit says.

The monitor of models in use stops it (`app.monitor.stopping`), and an admin lets it go on.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.monitor import AcceptanceStop
from app.workspace import locked_workspace


def standing(session: Session) -> AcceptanceStop | None:
    """Return the stop that stands, or None."""
    return session.scalar(select(AcceptanceStop).where(AcceptanceStop.standing))


def holds(session: Session) -> bool:
    """Whether a lot that is about to be released has to wait.

    Whoever stops acceptance waits until this transaction has ended, and the other way round: no lot
    is released after a stop that was already recorded.

    Args:
        session: the unit of work that would release it.
    """
    locked_workspace(session)
    return standing(session) is not None
