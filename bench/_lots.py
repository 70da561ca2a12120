"""The lots of a generated sweep, and their audits."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.learning import Lot, Sweep
from app.statistics.acceptance import plan_for_lot

CLASSES = 3
TOLERATED = 0.05


def make_lots(session: Session, sweep_id: int) -> None:
    """Put what is accepted into a lot of its class, and draw its audit."""
    accepted = "sweep_id = :sweep AND class_id = :class AND status = 'accepted'"
    for class_id in range(1, 1 + CLASSES):
        known = {"sweep": sweep_id, "class": class_id}
        size = session.execute(
            text(f"SELECT count(*) FROM pseudo_label WHERE {accepted}"), known
        ).scalar_one()
        if not size:
            continue
        sample, allowed = plan_for_lot(TOLERATED, size)
        lot = Lot(
            sweep_id=sweep_id,
            class_id=class_id,
            size=size,
            sample_size=sample,
            allowed_errors=allowed,
            status="auditing",
        )
        session.add(lot)
        session.flush()
        session.execute(
            text(f"UPDATE pseudo_label SET lot_id = :lot WHERE {accepted}"), known | {"lot": lot.id}
        )
        drawn = f"SELECT id FROM pseudo_label WHERE {accepted} ORDER BY id LIMIT :sample"
        session.execute(
            text(f"UPDATE pseudo_label SET in_audit = TRUE WHERE id IN ({drawn})"),
            known | {"sample": sample},
        )
    images = session.execute(
        text("SELECT count(*) FROM pseudo_label WHERE sweep_id = :sweep"), {"sweep": sweep_id}
    ).scalar_one()
    promised = {"allowed": int(TOLERATED * images), "above": 0.7, "audit_confidence": 0.975}
    figures = dict.fromkeys(
        ("level", "accepted", "needs_review", "calibration_reads", "calibration_wrong"), 0
    )
    session.get_one(Sweep, sweep_id).selection = figures | {"whole_set": promised}
    session.flush()
