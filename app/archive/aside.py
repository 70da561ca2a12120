"""Pseudo-labels of images that are excluded: put aside with the image, and back into review."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db.exclusion import ExcludedImage
from app.db.learning import PseudoLabel, Sweep
from app.db.reading import WorklistItem
from app.removal import lots
from app.worklists.review_order import order_latest_review

LOOKED_UP = 1_000


def put_aside(session: Session, image_ids: Sequence[int], rng: int) -> set[int]:
    """Put aside the pseudo-labels of images that are excluded; those decided by a read stay.

    An audit goes on with another film of the lot where one of its sample was still to be read. A
    sweep that is not selected yet is left alone: `put_aside_in` follows it.

    Args:
        session: an open unit of work; the images are locked.
        image_ids: some thousand at most.
        rng: the seed by which others take their places in a sample.

    Returns:
        The lots they were of, for `lots.decide` once all images are excluded.
    """
    selected = select(Sweep.id).where(Sweep.selected)
    undecided = (
        PseudoLabel.image_id.in_(image_ids),
        PseudoLabel.status.in_(("accepted", "needs_review")),
        PseudoLabel.sweep_id.in_(selected),
    )
    # In the order in which a page of the grid locks its own, or the two could wait for each other.
    mine = select(PseudoLabel.id).where(*undecided).order_by(PseudoLabel.id).with_for_update()
    ids = session.scalars(mine).all()
    if not ids:
        return set()
    touched = lots.let_go(session, image_ids, rng, PseudoLabel.id.in_(ids))
    aside = update(PseudoLabel).where(PseudoLabel.id.in_(ids))
    session.execute(
        aside.values(status="excluded", lot_id=None, in_audit=False, review_order=None),
        execution_options={"synchronize_session": False},
    )
    session.expire_all()
    return set(touched)


def put_aside_in(session: Session, sweep_id: int) -> None:
    """Put aside what a sweep says of images that were excluded while it was under way.

    Args:
        session: the unit of work in which the sweep is selected.
        sweep_id: the sweep.
    """
    of_sweep = select(ExcludedImage.image_id).where(
        PseudoLabel.image_id == ExcludedImage.image_id, PseudoLabel.sweep_id == sweep_id
    )
    images = session.scalars(of_sweep.order_by(ExcludedImage.image_id)).all()
    touched: set[int] = set()
    for first in range(0, len(images), LOOKED_UP):
        some = images[first : first + LOOKED_UP]
        audits = WorklistItem.worklist == "audit", WorklistItem.done.is_(False)
        session.execute(
            delete(WorklistItem).where(*audits, WorklistItem.image_id.in_(some)),
            execution_options={"synchronize_session": False},
        )
        touched |= put_aside(session, some, rng=sweep_id)
    lots.decide(session, sorted(touched))


def put_back(session: Session, image_ids: Sequence[int]) -> None:
    """Have the pseudo-labels of images that are taken back reviewed: none is accepted unread."""
    number = 0
    for first in range(0, len(image_ids), LOOKED_UP):
        mine = PseudoLabel.image_id.in_(image_ids[first : first + LOOKED_UP])
        back = update(PseudoLabel).where(mine, PseudoLabel.status == "excluded")
        found = back.values(status="needs_review").returning(PseudoLabel.id)
        number += len(
            session.execute(found, execution_options={"synchronize_session": False}).all()
        )
    if number:
        order_latest_review(session)
