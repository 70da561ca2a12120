"""What becomes of an audited lot when images of it are removed or excluded.

A read that was made stays in the figures, as a number. An image of the sample that nobody has read
yet makes room for another one, drawn at random as it was: to be removed has nothing to do with
being wrong, so the sample stays one.
"""

import random
from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.acceptance.audits import DECIDED, WRONG, decide_lot
from app.announcing import LIST_FILLED, announce
from app.db.learning import Lot, PseudoLabel, Sweep
from app.statistics.acceptance import plan_for_lot
from app.worklists.items import add_items


def let_go(
    session: Session, image_ids: Collection[int], rng: int, *which: ColumnElement[bool]
) -> list[int]:
    """Prepare the lots of images that are about to be removed; return these lots.

    Args:
        session: an open unit of work; the images are locked.
        image_ids: the images.
        rng: the seed by which others take their places in a sample.
        which: conditions on PseudoLabel; none of them: all that lots have of these images.
    """
    theirs = PseudoLabel.image_id.in_(image_ids), PseudoLabel.lot_id.is_not(None), *which
    labels: dict[int, list[PseudoLabel]] = defaultdict(list)
    for label in session.scalars(select(PseudoLabel).where(*theirs)):
        assert label.lot_id is not None
        labels[label.lot_id].append(label)
    lots = select(Lot).where(Lot.id.in_(labels)).order_by(Lot.id).with_for_update()
    for lot in session.scalars(lots).all():
        _let_go(session, lot, labels[lot.id], rng)
    session.flush()
    return sorted(labels)


def decide(session: Session, lots: Sequence[int]) -> None:
    """Decide the lots that need no more reads, once the images are gone.

    Args:
        session: the same unit of work.
        lots: as `let_go` returned them.
    """
    for lot in session.scalars(select(Lot).where(Lot.id.in_(lots)).order_by(Lot.id)).all():
        if lot.size == 0:
            lot.errors, lot.upper_bound, lot.status = 0, 0.0, "released"
        elif lot.status == "auditing":
            decide_lot(session, lot)
    session.flush()


def _let_go(session: Session, lot: Lot, labels: Sequence[PseudoLabel], rng: int) -> None:
    sampled = [label for label in labels if label.in_audit]
    read = [label for label in sampled if label.status in DECIDED]
    lot.removed_read += len(read)
    lot.removed_wrong += sum(label.status in WRONG for label in read)
    if lot.status != "auditing":
        return
    missing = len(sampled) - len(read)
    lot.size -= len(labels) - len(read)
    missing -= _draw_others(session, lot, [label.id for label in labels], missing, rng)
    if missing:  # all that is left of the lot is in the sample
        lot.sample_size -= missing
        tolerated = session.get_one(Sweep, lot.sweep_id).tolerated_error
        lot.allowed_errors = min(lot.allowed_errors, plan_for_lot(tolerated, lot.size)[1])


def _draw_others(session: Session, lot: Lot, gone: Sequence[int], wanted: int, rng: int) -> int:
    """Draw images into a lot's sample; return how many there were."""
    if not wanted:
        return 0
    free = (
        PseudoLabel.lot_id == lot.id,
        PseudoLabel.in_audit.is_(False),
        PseudoLabel.status == "accepted",
        PseudoLabel.id.not_in(gone),
    )
    left = session.execute(
        select(PseudoLabel.id, PseudoLabel.image_id).where(*free).order_by(PseudoLabel.id)
    ).all()
    drawn = random.Random(f"{rng} {lot.id}").sample(left, min(wanted, len(left)))
    if drawn:
        chosen = update(PseudoLabel).where(PseudoLabel.id.in_([label for label, _ in drawn]))
        session.execute(chosen.values(in_audit=True))
        add_items(session, "audit", [image for _, image in drawn])
        announce(session, LIST_FILLED, worklist="audit")
    return len(drawn)
