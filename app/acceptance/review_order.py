"""In which order the pseudo-labels that need review are shown."""

from collections.abc import Collection

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.learning import PseudoLabel


def order_review(session: Session, sweep_id: int) -> None:
    """Number the pseudo-labels of a sweep that need review, most informative first.

    First those where report and image disagree, then the least confident (least-confidence
    sampling; Lewis & Gale, SIGIR 1994). Near copies of others come after all of these, in the
    same order: to read a film twice tells little.
    """
    place = func.row_number().over(
        order_by=(
            PseudoLabel.near_copy,
            PseudoLabel.conflict.desc(),
            PseudoLabel.confidence,
            PseudoLabel.id,
        )
    )
    ordered = (
        select(PseudoLabel.id, place.label("place"))
        .where(PseudoLabel.sweep_id == sweep_id, PseudoLabel.status == "needs_review")
        .subquery()
    )
    session.execute(
        update(PseudoLabel)
        .where(PseudoLabel.id == ordered.c.id)
        .values(review_order=ordered.c.place)
        .execution_options(synchronize_session=False)
    )


def put_copies_last(session: Session, sweep_id: int, image_ids: Collection[int]) -> None:
    """Mark images as near copies of others that need review, and number the worklist anew.

    Args:
        session: a transaction of the sweep's run.
        sweep_id: the sweep.
        image_ids: the copies, some thousand at most; one decided meanwhile stays decided.
    """
    copies = update(PseudoLabel).where(
        PseudoLabel.sweep_id == sweep_id, PseudoLabel.image_id.in_(image_ids)
    )
    session.execute(copies.values(near_copy=True).execution_options(synchronize_session=False))
    order_review(session, sweep_id)
