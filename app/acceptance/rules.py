"""After a sweep: what is accepted without a read, the lots, and their audit samples.

A million pseudo-labels are not written in one transaction: nobody could decide on anything
meanwhile. So it goes step by step, as `worker.selection` does: `plan`, `make_lots`, `write` for
some rows at a time, `draw`, and `finish`, by which all of it begins to count. Until then the sweep
is not `selected`, so no page, worklist or training looks at it, and every step may be done again.

`app.acceptance.audits` decides a lot once its sample is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.acceptance.audits import apply_audit_read
from app.acceptance.selection import Plan, already_selected, is_accepted, plan, unselected
from app.acceptance.sites import lots_within
from app.acceptance.whole_set import promise
from app.announcing import LIST_FILLED, announce
from app.db.learning import Lot, PseudoLabel, Sweep
from app.db.reading import Lease, WorklistItem
from app.statistics.acceptance import plan_for_lot
from app.worklists.review_order import Numbered, is_current, origins

__all__ = [
    "Drawn",
    "Plan",
    "apply_audit_read",
    "draw",
    "extent",
    "finish",
    "make_lots",
    "plan",
    "write",
]

READ_AT_ONCE = 10_000


@dataclass(frozen=True)
class Drawn:
    """The audit samples of all lots: pseudo-labels, and their images, all lots shuffled together.

    A reader who was shown one predicted class after the other would not be blinded.
    """

    pseudo_labels: list[int]
    images: list[int]
    whole_set: dict[str, Any]
    """What is promised of all labels together."""


def extent(session: Session, sweep_id: int) -> tuple[int, int]:
    """Return the first and the last pseudo-label of a sweep; 1 and 0 where there is none."""
    ends = select(func.min(PseudoLabel.id), func.max(PseudoLabel.id))
    first, last = session.execute(ends.where(PseudoLabel.sweep_id == sweep_id)).one()
    return first or 1, last or 0


def make_lots(session: Session, planned: Plan) -> list[Lot]:
    """Make the lots of each class, within sites where there are several.

    Those that an interrupted selection has made are used again.
    """
    sweep = unselected(session, planned.sweep_id)
    made = session.scalars(select(Lot).where(Lot.sweep_id == sweep.id))
    known = {(lot.class_id, lot.place): lot for lot in made}
    wanted = [
        lot
        for class_id in sorted(planned.sizes)
        for lot in _of_class(sweep, class_id, planned.sizes[class_id])
    ]
    lots = []
    for lot in wanted:
        same = known.pop((lot.class_id, lot.place), lot)
        same.sites, same.size = lot.sites, lot.size
        same.sample_size, same.allowed_errors = lot.sample_size, lot.allowed_errors
        lots.append(same)
    session.add_all(lots)
    session.flush()
    return lots


def write(session: Session, planned: Plan, lots: Sequence[Lot], first: int, last: int) -> None:
    """Give some pseudo-labels their status, their lot, and the site and view filters look for.

    Args:
        session: an open unit of work.
        planned: as `plan` returned it.
        lots: as `make_lots` returned them.
        first: of the pseudo-labels.
        last: of them.
    """
    # + 0: without statistics SQLite would go through the whole sweep for each step.
    some = PseudoLabel.id.between(first, last), PseudoLabel.sweep_id + 0 == planned.sweep_id
    status = case((is_accepted(planned.threshold), "accepted"), else_="needs_review")
    of_image = origins()
    status_of = update(PseudoLabel).where(*some).values(status=status, lot_id=null(), **of_image)
    session.execute(_quietly(status_of))
    if lots:
        lot_id = case(*((_belongs(lot), lot.id) for lot in lots))
        accepted = update(PseudoLabel).where(*some, PseudoLabel.status == "accepted")
        session.execute(_quietly(accepted.values(lot_id=lot_id)))


def draw(session: Session, planned: Plan, lots: Sequence[Lot]) -> Drawn:
    """Draw a random sample of each lot, when every pseudo-label is written; nothing is written."""
    draw = np.random.default_rng(planned.rng)
    drawn: list[tuple[int, int]] = []
    for lot in lots:
        mine = select(PseudoLabel.id).where(PseudoLabel.lot_id == lot.id).order_by(PseudoLabel.id)
        batches = mine.execution_options(yield_per=READ_AT_ONCE)
        members = np.fromiter(session.scalars(batches), dtype=np.int64)
        chosen = members[draw.choice(len(members), size=lot.sample_size, replace=False)].tolist()
        of = select(PseudoLabel.id, PseudoLabel.image_id).where(PseudoLabel.id.in_(chosen))
        images = dict(session.execute(of).all())
        drawn += [(each, images[each]) for each in chosen]
    shuffled = [image for _, image in drawn]
    draw.shuffle(shuffled)
    sweep = unselected(session, planned.sweep_id)
    promised = promise(session, sweep, planned.scores, planned.wrong)
    return Drawn([each for each, _ in drawn], shuffled, promised)


def finish(
    session: Session, planned: Plan, lots: Sequence[Lot], drawn: Drawn, numbered: Numbered
) -> dict[str, Any] | None:
    """Let all of it count: the sweep is the latest, its lots are audited, the rest is reviewed.

    Args:
        session: an open unit of work.
        planned: as `plan` returned it.
        lots: as `make_lots` returned them.
        drawn: as `draw` returned it.
        numbered: the order of review that was written.

    Returns:
        What the rule used and found, which is also kept as the sweep's `selection`; None where the
        order of review has to be written anew, because what it follows from has changed meanwhile.

    Raises:
        Conflict: the acceptance rule has been applied to this sweep already.
    """
    if not is_current(session, numbered):
        return None
    found = planned.selection | {"audit_reads": len(drawn.images), "whole_set": drawn.whole_set}
    turn = update(Sweep).where(Sweep.id == planned.sweep_id, Sweep.selected.is_(False))
    done = turn.values(selected=True, selection=found).returning(Sweep.id)
    if session.execute(done).first() is None:
        raise already_selected(planned.sweep_id)
    used = [lot.id for lot in lots]
    left = delete(Lot).where(Lot.sweep_id == planned.sweep_id, Lot.id.not_in(used))
    session.execute(left.execution_options(synchronize_session=False))
    if drawn.pseudo_labels:
        rows = [{"id": each, "in_audit": True} for each in drawn.pseudo_labels]
        session.execute(update(PseudoLabel), rows)
    _list_audits(session, drawn.images)
    if drawn.images:
        announce(session, LIST_FILLED, worklist="audit")
    if found["needs_review"]:
        announce(session, LIST_FILLED, worklist="review")
    session.expire_all()
    return found


def _belongs(lot: Lot) -> ColumnElement[bool]:
    """Return the condition that an accepted pseudo-label is of a lot."""
    mine = PseudoLabel.class_id == lot.class_id
    return mine if lot.sites is None else and_(mine, PseudoLabel.site.in_(lot.sites))


def _of_class(sweep: Sweep, class_id: int, sizes: dict[str, int]) -> list[Lot]:
    divided = lots_within(sizes, sweep.tolerated_error)
    lots = []
    for place, sites in enumerate(divided):
        size = sum(sizes[site] for site in sites)
        sample_size, allowed = plan_for_lot(sweep.tolerated_error, size)
        lots.append(
            Lot(
                sweep_id=sweep.id,
                class_id=class_id,
                place=place,
                sites=sites if len(divided) > 1 else None,
                size=size,
                sample_size=sample_size,
                allowed_errors=allowed,
            )
        )
    return lots


def _list_audits(session: Session, images: list[int]) -> None:
    """Replace what an earlier sweep left unread; an image in a reader's hands stays listed."""
    audits = WorklistItem.worklist == "audit"
    in_hands = exists().where(Lease.image_id == WorklistItem.image_id, Lease.worklist == "audit")
    unread = delete(WorklistItem).where(audits, WorklistItem.done.is_(False), ~in_hands)
    session.execute(unread.execution_options(synchronize_session=False))
    listed = set(session.scalars(select(WorklistItem.image_id).where(audits)))
    first = session.scalar(select(func.coalesce(func.max(WorklistItem.position), 0)).where(audits))
    rows = [
        {"worklist": "audit", "image_id": image, "position": position}
        for position, image in enumerate(images, (first or 0) + 1)
        if image not in listed
    ]
    if rows:
        session.execute(insert(WorklistItem), rows)


def _quietly(statement: Update) -> Update:
    """Skip the search for changed rows in the session: it holds none of these."""
    return statement.execution_options(synchronize_session=False)
