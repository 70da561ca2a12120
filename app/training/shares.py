"""A sweep's films: how many there are, and in shares, one for each part of its run."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient
from app.db.learning import PseudoLabel
from app.db.reading import ReferenceLabel
from app.training.rules import to_sweep


def count_for_sweep(session: Session) -> int:
    """Count the films a new sweep would predict."""
    return session.scalar(_for_sweep(func.count())) or 0


def shares_of_sweep(session: Session, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield the films a new sweep would predict, in shares: first and last image, and how many.

    Args:
        session: an open unit of work.
        size: films of each share but the last.
    """
    images = _for_sweep(Image.id).order_by(Image.id).execution_options(yield_per=size)
    for share in session.scalars(images).partitions():
        yield share[0], share[-1], len(share)


def count_predicted(session: Session, sweep_id: int, first: int, last: int) -> int:
    """Count the images between two, both included, that a sweep has predicted."""
    of_sweep = PseudoLabel.sweep_id == sweep_id, PseudoLabel.image_id.between(first, last)
    return session.scalar(select(func.count(PseudoLabel.id)).where(*of_sweep)) or 0


def still_there(session: Session, image_ids: Sequence[int]) -> set[int]:
    """Return which of some images nobody has removed meanwhile; these stay until the end."""
    rows = select(Image.id).where(Image.id.in_(image_ids)).order_by(Image.id)
    return set(session.scalars(rows.with_for_update(read=True, key_share=True)))


def _for_sweep(what: Any) -> Select[Any]:
    images = select(what).select_from(Image).join(Patient, Patient.id == Image.patient_id)
    images = images.outerjoin(ReferenceLabel, ReferenceLabel.image_id == Image.id)
    return images.where(to_sweep(), ReferenceLabel.class_id.is_(None))
