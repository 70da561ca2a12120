"""Putting images that an admin has chosen one by one, or by a search, on the lists they belong on.

An image of a development patient is read for the seed set, one of the locked split for validation:
the list follows from the split, never from the choice. What was chosen by hand was not drawn at
random, so it is no calibration read, and its patient is in no later draw. Which images are left out
depends on what is open and whether anything was said, not on what was said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import audit
from app.announcing import LIST_FILLED, announce
from app.db.archive import Image, Patient
from app.db.conditions import excluded, stands
from app.db.people import User
from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.db.removal import RemovedImage
from app.db.unique_names import unique_name
from app.errors import Refused
from app.formats import count
from app.statistics.splits import reading_order
from app.texts import _
from app.worklists import items
from app.worklists.leases import lock_images
from app.worklists.seeds import open_validation_too

AT_MOST = 10_000
"""Images that are put on lists at once: readers need weeks for more."""
LOOKED_UP = 1_000
SEED, VALIDATION = "seed", "validation"


@dataclass
class Sorting:
    """Where images that were chosen would go.

    Attributes:
        lists: images by the name of the list, by patient in random order.
        waiting: how many wait on a list already.
        read: how many carry a label, or were read.
        gone: how many are not in the archive any more.
        excluded: how many are excluded.
    """

    lists: dict[str, list[int]] = field(default_factory=dict)
    waiting: int = 0
    read: int = 0
    gone: int = 0
    excluded: int = 0


def sort(session: Session, image_ids: Sequence[int]) -> Sorting:
    """Say where images that were chosen would go, and why the others would not.

    Args:
        session: an open unit of work.
        image_ids: at most `AT_MOST`, each once.

    Raises:
        Refused: they are more.
    """
    if len(image_ids) > AT_MOST:
        raise Refused(
            _("These are {number} images.", number=count(len(image_ids))),
            _("worklist"),
            _("Put at most {number} on a list at a time.", number=count(AT_MOST)),
        )
    found = Sorting()
    of_patient: dict[str, dict[str, list[int]]] = {SEED: {}, VALIDATION: {}}
    for first in range(0, len(image_ids), LOOKED_UP):
        some = image_ids[first : first + LOOKED_UP]
        films = select(Image.id, Patient.split, unique_name(Patient), excluded(Image.id))
        films = films.join(Patient, Patient.id == Image.patient_id).where(Image.id.in_(some))
        rows = session.execute(films.order_by(Image.id)).all()
        removed, waiting, read = _removed(session, some), *_begun(session, some)
        found.gone += len(some) - len(rows)
        for image, split, patient, is_excluded in rows:
            if image in removed:
                found.gone += 1
            elif is_excluded:
                found.excluded += 1
            elif image in waiting:
                found.waiting += 1
            elif image in read:
                found.read += 1
            else:
                worklist = VALIDATION if split == VALIDATION else SEED
                of_patient[worklist].setdefault(patient, []).append(image)
    for worklist, patients in of_patient.items():
        # The order of import could tell a reader the class.
        order = reading_order(patients, rng=0)
        if order:
            found.lists[worklist] = [image for patient in order for image in patients[patient]]
    return found


def put(
    session: Session,
    image_ids: Sequence[int],
    by: User,
    told: dict[str, object],
    becomes_named: bool = False,
) -> Sorting:
    """Put images that were chosen on their lists; asked again, those that wait there stay.

    Args:
        session: an open unit of work.
        image_ids: at most `AT_MOST`, each once.
        by: the admin who asks.
        told: how they were chosen, for the audit log.
        becomes_named: whether those of the seed list become a named list, whose readers
            `app.worklists.named_lists` tells.

    Returns:
        Where they went.

    Raises:
        Refused: they are more.
    """
    lock_images(session, image_ids)
    found = sort(session, image_ids)
    for worklist, images in found.lists.items():
        items.add_items(session, worklist, images)
        audit.record(session, by, "list chosen films", worklist, images=len(images), **told)
        if not (becomes_named and worklist == SEED):
            announce(session, LIST_FILLED, by=by.id, worklist=worklist)
    if SEED in found.lists:
        open_validation_too(session, by.id)
    return found


def _removed(session: Session, image_ids: Sequence[int]) -> set[int]:
    """Return which of some images are about to be removed."""
    going = select(RemovedImage.image_id).where(RemovedImage.image_id.in_(image_ids))
    return set(session.scalars(going))


def _begun(session: Session, image_ids: Sequence[int]) -> tuple[set[int], set[int]]:
    """Return which of some images wait on a list, and which carry a label or were read."""
    listed = select(WorklistItem.image_id, WorklistItem.done)
    waiting: set[int] = set()
    read: set[int] = set()
    for image, done in session.execute(listed.where(WorklistItem.image_id.in_(image_ids))):
        (read if done else waiting).add(image)
    standing = select(Annotation.image_id).where(
        Annotation.image_id.in_(image_ids), stands(Annotation)
    )
    labelled = select(ReferenceLabel.image_id).where(ReferenceLabel.image_id.in_(image_ids))
    return waiting, read | {*session.scalars(standing), *session.scalars(labelled)}
