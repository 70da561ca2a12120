"""Reads beyond the plan: an admin has single reads of the validation split made again, blind.

Each is one more independent read: by somebody else, who knows neither the first read nor what any
classifier said. Where both agree the label stands; where they differ an adjudicator decides, and
until then the image has no label. No evaluation that was made changes by it.

Films on which a classifier errs are no fair sample. So those it got right are read again beside
them, and the next evaluation says how many there were of each.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import exists, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from app import audit, renditions
from app.announcing import LIST_FILLED, announce
from app.blindness import is_known_to
from app.db.archive import Image, Patient
from app.db.clock import moment
from app.db.people import User
from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.errors import Refused
from app.labels.reference import rebuild_references
from app.texts import _
from app.worklists.leases import lock_images

CHOSEN, CONTROL = "chosen", "control"
"""Why an image is read again: somebody chose it by what a classifier said, or it was drawn."""
VALIDATION = "validation"


class Rereads(NamedTuple):
    """Second reads of single reads that were made, by why they were asked for."""

    chosen: int
    controls: int


def may_be_read_again(
    session: Session, images: Collection[int], worklist: str = VALIDATION
) -> set[int]:
    """Return those of some images that carry the label of a single read on a worklist.

    Args:
        worklist: `validation` or `seed`.
    """
    item = WorklistItem
    several = select(item.image_id).where(item.worklist == worklist, item.turn > 1)
    asked = (
        select(item.image_id)
        .join(Image, Image.id == item.image_id)
        .join(Patient, Patient.id == Image.patient_id)
        .join(ReferenceLabel, ReferenceLabel.image_id == item.image_id)
        .where(
            item.image_id.in_(images),
            item.worklist == worklist,
            item.done,
            ReferenceLabel.basis == "single_read",
            Patient.split == (VALIDATION if worklist == VALIDATION else "development"),
            item.image_id.not_in(several),
        )
    )
    return set(session.scalars(asked))


def ask(
    session: Session,
    why: Mapping[int, str],
    by: User | None,
    subject: str,
    worklist: str = VALIDATION,
) -> int:
    """List images for a second, independent read; return how many.

    Args:
        session: an open transaction.
        why: `CHOSEN` or `CONTROL` by image id.
        by: the admin who asks.
        subject: what they were chosen by, for the audit log.
        worklist: `validation` or `seed`.

    Raises:
        Refused: none of them can be read again, or nobody is left to read one of them.
    """
    lock_images(session, sorted(why))
    listed = may_be_read_again(session, why, worklist)
    if not any(why[image] == CHOSEN for image in listed):
        raise Refused(
            _("None of these films can be read again."),
            subject,
            _("Only films with exactly one read can be read again."),
        )
    unread = _without_a_reader(session, listed)
    if unread:
        raise Refused(
            _("There is no other reader for {number} of these films.", number=unread),
            subject,
            _("A second read must be somebody else's. Add a reader on the page People."),
        )
    _list(session, {image: why[image] for image in sorted(listed)}, worklist)
    details = {each: sum(why[image] == each for image in listed) for each in (CHOSEN, CONTROL)}
    audit.record(session, by, "read again", subject, **details)
    announce(session, LIST_FILLED, by=by.id if by else None, worklist=worklist)
    return len(listed)


def made(session: Session) -> Rereads:
    """Count the second reads that were made."""
    rows = session.execute(
        select(WorklistItem.reread, func.count())
        .where(WorklistItem.worklist == VALIDATION, WorklistItem.reread != "", WorklistItem.done)
        .group_by(WorklistItem.reread)
    )
    found = dict(rows.all())
    return Rereads(found.get(CHOSEN, 0), found.get(CONTROL, 0))


def open_reads(session: Session, images: Collection[int]) -> set[int]:
    """Return those of some images that are still to be read on the validation worklist."""
    waiting = WorklistItem.worklist == VALIDATION, WorklistItem.done.is_(False)
    of_images = select(WorklistItem.image_id).where(WorklistItem.image_id.in_(images), *waiting)
    return set(session.scalars(of_images))


def _without_a_reader(session: Session, images: Collection[int]) -> int:
    """Count the images that everybody who reads has read, or knows the label of."""
    person, any_read, own = aliased(User), aliased(Annotation), aliased(Annotation)
    reads = exists().where(any_read.reader_id == person.id).correlate_except(any_read)
    has_read = exists().where(own.image_id == Image.id, own.reader_id == person.id)
    somebody = exists().where(
        person.active,
        or_(person.role == "reader", reads),
        ~has_read.correlate_except(own),
        ~is_known_to(person.id, Image.id),
    )
    left = select(func.count()).select_from(Image)
    left = left.where(Image.id.in_(images), ~somebody.correlate_except(person))
    return session.scalar(left) or 0


def _list(session: Session, why: Mapping[int, str], worklist: str) -> None:
    """Add the second read of each image, at the place of its first."""
    firsts = select(WorklistItem.image_id, WorklistItem.position).where(
        WorklistItem.worklist == worklist, WorklistItem.image_id.in_(why)
    )
    rows = [
        {
            "worklist": worklist,
            "image_id": image,
            "turn": 2,
            "position": position,
            "reread": why[image],
        }
        for image, position in session.execute(firsts)
    ]
    session.execute(insert(WorklistItem), rows)
    now = moment(session)
    rebuild_references(session, sorted(why), now)
    renditions.want(session, sorted(why), now)
