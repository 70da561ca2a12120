"""In which order the pseudo-labels that need review are shown."""

import hashlib
from collections.abc import Collection
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ScalarSelect, SQLColumnExpression, func, select, update
from sqlalchemy.orm import Session

from app.blindness import in_review
from app.db.archive import Image, Workspace
from app.db.learning import PseudoLabel
from app.db.reading import WorklistItem
from app.sweeps import latest_sweep_id
from app.workspace import is_blind_first, locked_workspace

ReviewOrder = Literal["informative", "least_sure", "oldest", "random"]
OF_THE_LABELER = ("informative", "least_sure")
"""The orders that say how sure the labeler is."""

READ_AT_ONCE = 10_000
_NEWEST_ITEM = select(func.coalesce(func.max(WorklistItem.id), 0))
MODULUS = 2**31 - 1
"""A prime: the square of a number below it is a whole number of 64 bits on every database."""


def order_review(session: Session, sweep_id: int) -> None:
    """Number the pseudo-labels of a sweep that need review, in the order the admin chose.

    `informative`, which is the default: first those where report and image disagree, then those
    held back as unlike the calibration reads, then the least confident (least-confidence sampling;
    Lewis & Gale, SIGIR 1994), which is the order within the first two as well. `least_sure`: by
    confidence alone. `oldest`: as they were imported. `random`: shuffled by a seed. Near copies of
    others come after all of these, in the same order, because to read a film twice tells little;
    but a shuffled list is a fair sample and keeps them where they fall.

    What is read blind has no number: a gap would tell what the labeler thinks of it.
    """
    waiting = PseudoLabel.sweep_id == sweep_id, in_review()
    place = func.row_number().over(order_by=_keys(*order_in_use(session)))
    ordered = select(PseudoLabel.id, place.label("place")).where(*waiting).subquery()
    # In the order in which a page of the grid locks its own, or the two could wait for each other.
    in_order = select(PseudoLabel.id).where(*waiting).order_by(PseudoLabel.id).with_for_update()
    session.scalar(select(func.count()).select_from(in_order.subquery()))
    session.execute(
        update(PseudoLabel)
        .where(PseudoLabel.id == ordered.c.id)
        .values(review_order=ordered.c.place)
        .execution_options(synchronize_session=False)
    )


def chosen_order(session: Session) -> tuple[str, int]:
    """Return what review begins with, and the seed where that is a draw."""
    chosen = session.execute(select(Workspace.review_order, Workspace.review_rng)).first()
    return (chosen[0], chosen[1]) if chosen else ("informative", 0)


def order_in_use(session: Session) -> tuple[str, int]:
    """Return the order of review as `chosen_order`, but a draw where that would tell too much.

    While review is blind first no reader may know how sure the labeler is.
    """
    order, rng = chosen_order(session)
    told = order in OF_THE_LABELER and is_blind_first(session)
    return ("random", rng) if told else (order, rng)


def order_latest_review(session: Session) -> int | None:
    """Number the review of the latest sweep anew; return the sweep, None where there is none.

    Call it when what is in review, or its order, has changed.
    """
    sweep_id = latest_sweep_id(session)
    if sweep_id is not None:
        order_review(session, sweep_id)
    return sweep_id


def choose_order(session: Session, order: ReviewOrder, rng: int) -> None:
    """Let review begin with something else from now on, in later sweeps too."""
    workspace = locked_workspace(session)
    workspace.review_order, workspace.review_rng = order, rng
    session.flush()


def origins() -> dict[str, ScalarSelect[Any]]:
    """Return the site and view of a pseudo-label's image, which it keeps where filters look."""
    return {
        column: select(getattr(Image, column))
        .where(Image.id == PseudoLabel.image_id)
        .scalar_subquery()
        for column in ("site", "view")
    }


class Numbered(NamedTuple):
    """An order of review, to be written some rows at a time.

    Attributes:
        pseudo_labels: (n,) in their order.
        order: by which, as `order_in_use`.
        listed: the newest item of all worklists: what is listed later may be none of these.
    """

    pseudo_labels: NDArray[np.int64]
    order: tuple[str, int]
    listed: int


def numbered(session: Session, sweep_id: int) -> Numbered:
    """Return the order of review of a sweep, as `order_review` would write it."""
    order = order_in_use(session)
    waiting = select(PseudoLabel.id).where(PseudoLabel.sweep_id == sweep_id, in_review())
    rows = waiting.order_by(*_keys(*order)).execution_options(yield_per=READ_AT_ONCE)
    listed = session.scalar(_NEWEST_ITEM) or 0
    return Numbered(np.fromiter(session.scalars(rows), dtype=np.int64), order, listed)


def number(session: Session, order: Numbered, first: int, last: int) -> None:
    """Write an order of review from one place, the first being 0, up to another.

    In the order in which a page of the grid locks its own, or the two could wait for each other.
    """
    places = enumerate(order.pseudo_labels[first:last].tolist(), first + 1)
    rows = sorted((each, place) for place, each in places)
    session.execute(
        update(PseudoLabel), [{"id": each, "review_order": place} for each, place in rows]
    )


def is_current(session: Session, order: Numbered) -> bool:
    """Whether an order of review is still the one that is wanted, of all that waits."""
    return order.order == order_in_use(session) and order.listed == session.scalar(_NEWEST_ITEM)


def mark_copies(session: Session, sweep_id: int, image_ids: Collection[int]) -> None:
    """Mark images as near copies of others that need review: the next order puts them last.

    Args:
        session: a transaction of the sweep's run.
        sweep_id: the sweep.
        image_ids: the copies, some thousand at most; one decided meanwhile stays decided.
    """
    copies = update(PseudoLabel).where(
        PseudoLabel.sweep_id == sweep_id, PseudoLabel.image_id.in_(image_ids)
    )
    session.execute(copies.values(near_copy=True).execution_options(synchronize_session=False))


def _keys(order: str, rng: int) -> tuple[SQLColumnExpression[Any], ...]:
    """Return what an order sorts by; the row's id comes last, so that it is an order."""
    if order == "random":
        return (_drawn(rng), PseudoLabel.id)
    keys: dict[str, tuple[SQLColumnExpression[Any], ...]] = {
        "informative": (
            PseudoLabel.conflict.desc(),
            (PseudoLabel.unlike != "").desc(),
            PseudoLabel.confidence,
        ),
        "least_sure": (PseudoLabel.confidence,),
        "oldest": (PseudoLabel.image_id,),
    }
    return (PseudoLabel.near_copy, *keys[order], PseudoLabel.id)


def _drawn(rng: int) -> SQLColumnExpression[int]:
    """Return a number for each image that looks drawn, the same for one seed on every database.

    A million rows are shuffled where they lie: a line modulo a prime spreads the images, and its
    square breaks the line.
    """
    digest = hashlib.sha256(f"review order\0{rng}".encode()).digest()
    factor = 1 + int.from_bytes(digest[:8]) % (MODULUS - 1)
    start = int.from_bytes(digest[8:16]) % MODULUS
    spread = (PseudoLabel.image_id.cast(BigInteger) * factor + start) % MODULUS
    return (spread * spread) % MODULUS
