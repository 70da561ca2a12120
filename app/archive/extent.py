"""What excluding some images would mean, counted before anything is done.

Nothing here follows from what was said of an image, so whoever also reads blind may see it.
"""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.archive.exclusions import BATCH, require_few
from app.db.archive import Image, Patient
from app.db.exclusion import ExcludedImage
from app.db.reading import Annotation, WorklistItem
from app.training.seen_films import learned_from


class Extent(BaseModel):
    """What excluding images would mean."""

    images: int
    """How many are chosen."""
    excluded: int
    """They are excluded already; they can be taken back."""
    reads: int
    """What readers said of those that are not; it is kept."""
    waiting: int
    """Of those that are not: so many wait on a list, and leave it."""
    validation: int
    """Of those that are not: so many are of the locked split, and later evaluations lack them."""
    versions: list[int]
    """Model versions that learned from any of them; they stay as they are."""


def extent(session: Session, image_ids: Sequence[int]) -> Extent:
    """Say what excluding images would mean.

    Args:
        session: a unit of work that only reads.
        image_ids: in the archive, each once.

    Raises:
        Refused: they are more than can be excluded at once.
    """
    require_few(image_ids)
    excluded, new = 0, list[int]()
    reads = waiting = validation = 0
    for first in range(0, len(image_ids), BATCH):
        some = image_ids[first : first + BATCH]
        gone = select(ExcludedImage.image_id).where(ExcludedImage.image_id.in_(some))
        already = set(session.scalars(gone))
        others = [image for image in some if image not in already]
        excluded, new = excluded + len(already), new + others
        reads += _count(session, Annotation.image_id, others)
        waiting += _waiting(session, others)
        validation += _validation(session, others)
    return Extent(
        images=len(image_ids),
        excluded=excluded,
        reads=reads,
        waiting=waiting,
        validation=validation,
        versions=sorted(learned_from(session, new)) if new else [],
    )


def _count(session: Session, column: InstrumentedAttribute[int], image_ids: Sequence[int]) -> int:
    return session.scalar(select(func.count()).where(column.in_(image_ids))) or 0


def _waiting(session: Session, image_ids: Sequence[int]) -> int:
    waits = WorklistItem.image_id.in_(image_ids), WorklistItem.done.is_(False)
    return session.scalar(select(func.count(WorklistItem.image_id.distinct())).where(*waits)) or 0


def _validation(session: Session, image_ids: Sequence[int]) -> int:
    locked = select(func.count()).select_from(Image).join(Patient, Patient.id == Image.patient_id)
    mine = Image.id.in_(image_ids), Patient.split == "validation"
    return session.scalar(locked.where(*mine)) or 0
