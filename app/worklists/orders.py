"""The orders of the seed worklist and of review that the admin asks for."""

from typing import Any

import numpy as np
from sqlalchemy import Integer, bindparam, func, select, update
from sqlalchemy.orm import Session

from app import audit
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import WorklistItem
from app.errors import Refused
from app.sweeps import latest_sweep_id
from app.texts import _
from app.worklists.review_order import ReviewOrder, choose_order, order_latest_review


def reorder_review(session: Session, order: ReviewOrder, rng: int, by: User | None = None) -> None:
    """Let review begin with something else, in the latest sweep and in those to come.

    Images in hands stay there; what is decided keeps its number.

    Args:
        order: what to begin with, see `app.worklists.review_order`.
        rng: the seed where that is a draw.
        by: the admin who asks.
    """
    choose_order(session, order, rng)
    sweep = order_latest_review(session)
    audit.record(session, by, "order worklist", "review", order=order, rng=rng, sweep=sweep)


def reorder_seed(session: Session, order: ReviewOrder, rng: int, by: User | None = None) -> int:
    """Put the seed images that are still to be read in another order.

    Images in hands stay there. Images kept for calibration keep their places, which were drawn at
    random: if only the hard ones among them were read, what is accepted would rest on those.

    Args:
        order: `informative`: first where report and image disagreed in the latest sweep, then the
            least confident, last what was not swept; `least_sure`: by confidence alone;
            `oldest`: as they were imported; `random`: shuffled.
        rng: the seed of the shuffle.
        by: the admin who asks.

    Returns:
        How many images were put in order.

    Raises:
        Refused: there was no sweep yet that could say what is informative.
    """
    sweep = latest_sweep_id(session)
    if order in ("informative", "least_sure") and sweep is None:
        raise Refused(
            _("No sweep has finished yet, so nobody knows which images are informative."),
            "order",
            _("Sweep first, or choose another order."),
        )
    calibration = select(WorklistItem.image_id).where(
        WorklistItem.worklist == "seed", WorklistItem.calibration
    )
    images = session.execute(
        select(
            WorklistItem.image_id,
            func.min(WorklistItem.position).label("position"),
            func.max(PseudoLabel.confidence).label("confidence"),
            func.max(PseudoLabel.conflict.cast(Integer)).label("conflict"),
        )
        .outerjoin(
            PseudoLabel,
            (PseudoLabel.image_id == WorklistItem.image_id) & (PseudoLabel.sweep_id == sweep),
        )
        .where(
            WorklistItem.worklist == "seed",
            WorklistItem.done.is_(False),
            WorklistItem.image_id.not_in(calibration),
        )
        .group_by(WorklistItem.image_id)
        .order_by(WorklistItem.image_id)
    ).all()
    places = sorted(image.position for image in images)
    if order == "random":
        ordered = [images[index] for index in np.random.default_rng(rng).permutation(len(images))]
    else:
        ordered = sorted(images, key=lambda image: _key(image, order))
    if ordered:
        session.execute(
            update(WorklistItem.__table__)  # type: ignore[arg-type]
            .where(WorklistItem.worklist == "seed", WorklistItem.image_id == bindparam("image"))
            .values(position=bindparam("place")),
            [
                {"image": image.image_id, "place": place}
                for image, place in zip(ordered, places, strict=True)
            ],
        )
    audit.record(session, by, "order worklist", "seed", order=order, rng=rng, images=len(ordered))
    return len(ordered)


def _key(image: Any, order: ReviewOrder) -> tuple[float, ...]:
    """Return what an order sorts seed images by."""
    if order == "oldest":
        return (image.image_id,)
    conflict = (image.conflict or 0) if order == "informative" else 0
    unswept = image.confidence is None
    return (unswept, -conflict, 0.0 if unswept else image.confidence, image.position)
