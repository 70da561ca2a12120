"""What the audits of a sweep say of all its lots together."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.learning import Lot
from app.statistics.promises import (
    CONFIDENCE,
    AuditedLot,
    least_wrong_in_audited,
    wrong_in_audited,
)

REFUTED_AT = 0.99
"""How surely the audits must contradict the calibration reads, if these are not to count."""


class WrongInLots(NamedTuple):
    """How many labels of a sweep's lots are wrong."""

    least: int
    """Of all lots read to their end, those found included."""
    most: int
    """Of the released lots, those found not included."""


def wrong_in_lots(session: Session, sweep_id: int, confidence: float) -> WrongInLots:
    """Return limits of how many labels of a sweep's lots are wrong.

    Args:
        session: an open unit of work.
        sweep_id: the sweep.
        confidence: of the upper limit; the lower one has `REFUTED_AT`.
    """
    figures = select(Lot.status, Lot.size, Lot.sample_size, Lot.errors)
    lots = session.execute(figures.where(Lot.sweep_id == sweep_id)).all()
    of = {
        status: [
            AuditedLot(lot.size, lot.sample_size, lot.errors or 0)
            for lot in lots
            if lot.status == status
        ]
        for status in ("released", "failed")
    }
    sampled = sum(lot.sample_size < lot.size for lot in lots)
    return WrongInLots(
        least_wrong_in_audited(of["released"] + of["failed"], REFUTED_AT),
        wrong_in_audited(of["released"], sampled, confidence),
    )


def released_error_bound(session: Session, sweep_id: int) -> float | None:
    """Return the 95 % upper bound of the error of all released lots together, before their audit.

    Returns:
        0 to 1, of all their labels; None where no lot is released that was not read whole.
    """
    sizes = func.sum(Lot.size), func.sum(Lot.errors), func.sum(Lot.sample_size)
    released = select(*sizes).where(Lot.sweep_id == sweep_id, Lot.status == "released")
    labels, found, read = session.execute(released).one()
    if not labels or read == labels:
        return None
    return (wrong_in_lots(session, sweep_id, CONFIDENCE).most + (found or 0)) / labels
