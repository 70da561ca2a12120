"""In which order the pseudo-labels that need review are shown."""

import hashlib
from collections.abc import Collection
from typing import Any, Literal

from sqlalchemy import BigInteger, SQLColumnExpression, func, select, update
from sqlalchemy.orm import Session

from app.blindness import in_review
from app.db.archive import Image, Workspace
from app.db.learning import PseudoLabel
from app.sweeps import latest_sweep_id
from app.workspace import is_blind_first, locked_workspace

ReviewOrder = Literal["informative", "least_sure", "oldest", "random"]
OF_THE_LABELER = ("informative", "least_sure")
"""The orders that say how sure the labeler is."""

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


def note_origins(session: Session, sweep_id: int) -> None:
    """Copy the site and view of the images to a sweep's pseudo-labels, where filters look."""
    of_image = {
        column: select(getattr(Image, column))
        .where(Image.id == PseudoLabel.image_id)
        .scalar_subquery()
        for column in ("site", "view")
    }
    mine = update(PseudoLabel).where(PseudoLabel.sweep_id == sweep_id).values(of_image)
    session.execute(mine.execution_options(synchronize_session=False))


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
