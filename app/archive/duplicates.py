"""Films that are in the archive more than once: one is kept, the others are excluded as duplicates.

An import knows a file again by its digest and adds it once; here are films that came as other
files, or under another patient.
"""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app import errors
from app.archive import exclusions
from app.archive.exclusions import DUPLICATE, Why
from app.db.archive import Image, Patient, Rendition
from app.db.conditions import excluded
from app.db.exclusion import ExcludedImage
from app.db.people import User
from app.db.reading import Annotation
from app.texts import _
from app.training.seen_films import learned_from
from app.worklists.leases import lock_images

AT_MOST = 20
"""Images that are compared side by side."""


class Copy(BaseModel):
    """One of the images that are said to be the same film."""

    image_id: int
    thumbnail: str | None
    patient_key: str
    split: str
    side: str
    reads: int
    """How many were made of it; they stay with it."""


class Copies(BaseModel):
    """Images that are said to be the same film, and what to know before one of them is kept."""

    images: list[Copy]
    keep: int
    """Which to keep where nothing speaks for another: of the validation split, with most reads."""
    patients: int
    """Of how many patients they are."""
    same_picture: bool
    """Every one of them has the very same picture."""
    sides_differ: bool
    """Some are of a left knee and some of a right one."""
    both_splits: bool
    """The same film teaches and measures."""
    versions: list[int]
    """Model versions that learned from one of them; where they are in both splits, these have
    seen a film they were judged on."""


def copies(session: Session, image_ids: Sequence[int]) -> Copies:
    """Say what to know of images that are said to be the same film.

    Args:
        session: a unit of work that only reads.
        image_ids: two or more.

    Raises:
        Refused: they are fewer or too many, or the two knees of one film.
        Conflict: one of them is gone, or excluded already.
    """
    rows = _rows(session, image_ids)
    found = [
        Copy(
            image_id=image.id,
            thumbnail=f"/api/v1/thumbnails/{digest}" if digest else None,
            patient_key=patient.key,
            split=patient.split,
            side=image.laterality,
            reads=reads,
        )
        for image, patient, digest, reads in rows
    ]
    digests = {digest for _image, _patient, digest, _reads in rows}
    best = max(found, key=lambda one: (one.split == "validation", one.reads, -one.image_id))
    return Copies(
        images=found,
        keep=best.image_id,
        patients=len({patient.id for _image, patient, _digest, _reads in rows}),
        same_picture=len(digests) == 1 and None not in digests,
        sides_differ=len({one.side for one in found} - {""}) > 1,
        both_splits=len({one.split for one in found}) > 1,
        versions=sorted(learned_from(session, [one.image_id for one in found])),
    )


def mark(session: Session, image_ids: Sequence[int], keep: int, by: User) -> int:
    """Keep one of some images and exclude the others as its duplicates; return how many.

    Args:
        session: an open unit of work.
        image_ids: two or more, the one that is kept among them.
        keep: that one.
        by: the admin who asks.

    Raises:
        Refused: as `copies` has it; or the one to keep is none of them.
        Conflict: likewise.
    """
    lock_images(session, sorted(set(image_ids)))
    _rows(session, image_ids)
    others = sorted(set(image_ids) - {keep})
    if len(others) == len(set(image_ids)):
        raise errors.Refused(
            _("The image to keep is none of these."), "keep", _("Choose one of the images shown.")
        )
    why = Why(DUPLICATE, duplicate_of=keep)
    return exclusions.exclude(session, others, why, by)


def with_same_picture(session: Session, image_id: int) -> list[int]:
    """Return the other images that count and have the very same picture as one."""
    own, other = aliased(Rendition), aliased(Rendition)
    same = (
        select(other.image_id)
        .join(own, own.digest == other.digest)
        .where(own.image_id == image_id, own.kind == "model", other.kind == "model")
        .where(other.image_id != image_id, ~excluded(other.image_id))
    )
    return list(session.scalars(same.order_by(other.image_id).limit(AT_MOST - 1)))


def duplicates_of(session: Session, image_id: int) -> list[int]:
    """Return the images that are excluded as duplicates of one."""
    mine = select(ExcludedImage.image_id).where(ExcludedImage.duplicate_of == image_id)
    return list(session.scalars(mine.order_by(ExcludedImage.image_id).limit(AT_MOST)))


def kept_for(session: Session, image_id: int) -> int | None:
    """Return the image that was kept in the place of one; None where it is no duplicate."""
    mine = select(ExcludedImage.duplicate_of).where(ExcludedImage.image_id == image_id)
    return session.scalar(mine)


def _rows(
    session: Session, image_ids: Sequence[int]
) -> Sequence[tuple[Image, Patient, str | None, int]]:
    """Return images with patient, digest of the picture and number of reads, where they can be
    one film."""
    ids = sorted(set(image_ids))
    if not 2 <= len(ids) <= AT_MOST:
        raise errors.Refused(
            _("These are {number} images.", number=len(ids)),
            _("images"),
            _("Choose 2 to {number} images of the same film.", number=AT_MOST),
        )
    picture = (Rendition.image_id == Image.id) & (Rendition.kind == "model")
    said = select(func.count()).where(
        Annotation.image_id == Image.id, Annotation.withdraws_id.is_(None)
    )
    found = (
        select(Image, Patient, Rendition.digest, said.scalar_subquery())
        .join(Patient, Patient.id == Image.patient_id)
        .outerjoin(Rendition, picture)
        .where(Image.id.in_(ids), ~excluded(Image.id))
    )
    rows = [tuple(row) for row in session.execute(found.order_by(Image.id))]
    if len(rows) < len(ids):
        left = sorted(set(ids) - {row[0].id for row in rows})
        raise errors.Conflict(
            _("Some of these images are excluded or no longer in the archive."),
            ", ".join(map(str, left)),
            _("Choose images that count."),
        )
    if len({row[0].source_digest for row in rows}) < len(rows):
        raise errors.Refused(
            _("Two of these images are the two knees of one film."),
            _("images"),
            _("Choose images that show the same knee."),
        )
    return rows
