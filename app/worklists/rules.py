"""The worklists as the admin sees them: how much is on each, in whose hands, in which order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import numpy as np
from sqlalchemy import Integer, bindparam, func, select, update
from sqlalchemy.orm import Session

from app import audit
from app.acceptance.review_order import ReviewOrder, choose_order, order_latest_review
from app.blindness import in_review
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Lease, WorklistItem
from app.errors import NotFound, Refused
from app.reading import leases
from app.reading.worklists import WorklistName, latest_sweep
from app.texts import _


@dataclass(frozen=True)
class Standing:
    """One worklist: its reads, and those that are still to be made."""

    worklist: WorklistName
    reads: int
    open: int


def standings(session: Session) -> list[Standing]:
    """Return how much is on each worklist; of review, in the latest sweep."""
    rows = session.execute(
        select(
            WorklistItem.worklist, func.count(), func.count().filter(WorklistItem.done.is_(False))
        ).group_by(WorklistItem.worklist)
    )
    counts = {worklist: (reads, waiting) for worklist, reads, waiting in rows}
    decided = PseudoLabel.status.in_(("approved", "corrected", "rejected"))
    done, still = session.execute(
        select(func.count().filter(decided), func.count().filter(in_review())).where(
            PseudoLabel.sweep_id == latest_sweep(session)
        )
    ).one()
    counts["review"] = done + still, still
    return [Standing(name, *counts.get(name, (0, 0))) for name in get_args(WorklistName)]


@dataclass(frozen=True)
class Hands:
    """What one reader holds.

    Attributes:
        reader_id: of the reader.
        name: the reader's.
        images: how many of each worklist, and of the `grid`.
        until: when the last of these leases runs out.
    """

    reader_id: int
    name: str
    images: dict[str, int]
    until: datetime


def in_hands(session: Session, now: datetime) -> list[Hands]:
    """Return what each reader holds now, by the readers' names."""
    rows = session.execute(
        select(User.id, User.name, Lease.worklist, func.count(), func.max(Lease.expires_at))
        .join(User, User.id == Lease.reader_id)
        .where(Lease.expires_at > now)
        .group_by(User.id, User.name, Lease.worklist)
        .order_by(User.name, Lease.worklist)
    )
    found: dict[int, Hands] = {}
    for reader_id, name, worklist, images, until in rows:
        held = found.get(reader_id, Hands(reader_id, name, {}, until))
        both = held.images | {worklist: images}
        found[reader_id] = Hands(reader_id, name, both, max(held.until, until))
    return list(found.values())


def release(session: Session, reader_id: int, now: datetime, by: User) -> int:
    """Let others have what a reader holds; return how many images it was.

    Raises:
        NotFound: there is no such person.
    """
    if session.get(User, reader_id) is None:
        raise NotFound(_("There is no such person."), _("person {number}", number=reader_id))
    images = leases.give_back(session, reader_id, now)
    audit.record(session, by, "release", f"person {reader_id}", images=images)
    return images


def reorder_review(session: Session, order: ReviewOrder, rng: int, by: User | None = None) -> None:
    """Let review begin with something else, in the latest sweep and in those to come.

    Images in hands stay there; what is decided keeps its number.

    Args:
        order: what to begin with, see `app.acceptance.review_order`.
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
    sweep = latest_sweep(session)
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
