"""Excluding images: they stay in the archive, count for nothing, and can be taken back.

What excluded means to lists, labels, trainings and sweeps is one condition, which all of them ask:
`app.db.conditions.excluded`. Here an image gets into that state and out of it. No read is touched:
the reference label goes, and is rebuilt from the reads when the image is taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app import audit, renditions
from app.archive.aside import put_aside, put_back
from app.db.archive import Image
from app.db.clock import moment
from app.db.conditions import excluded
from app.db.exclusion import ExcludedImage, Exclusion
from app.db.people import User
from app.db.reading import Lease, WorklistItem
from app.db.removal import RemovedImage
from app.errors import Refused
from app.formats import count
from app.labels.reference import rebuild_references
from app.removal import lots
from app.texts import _, noop
from app.worklists import double_reading
from app.worklists.leases import lock_images
from app.worklists.queues import WorklistName

Reason = Literal["quality", "content", "other"]
REASONS: dict[Reason, str] = {
    "quality": noop("Poor image quality"),
    "content": noop("Not a film of a knee as it is meant here"),
    "other": noop("Another reason"),
}
DUPLICATE = "duplicate"
NAMES: dict[str, str] = dict(REASONS.items()) | {DUPLICATE: noop("Duplicate of another image")}
AT_MOST = 10_000
"""Images that are excluded, or taken back, at once: they go in one transaction."""
BATCH = 1_000
LISTS: tuple[WorklistName, ...] = ("seed", "validation")
"""Whose open reads wait until the image is taken back: an audit draws another film instead, and an
adjudication follows from the reads."""
ITEM = ("worklist", "turn", "position", "final", "reread", "named_list_id")
"""What is kept of an open read. A calibration read is drawn at random, so an image that was chosen
to be taken back is none."""


@dataclass(frozen=True)
class Why:
    """Why images are excluded.

    Attributes:
        reason: one of `NAMES`.
        note: in the admin's own words; may be empty.
        duplicate_of: the image that is kept in their place, where they are duplicates.
        told: how they were chosen, for the audit log.
    """

    reason: str
    note: str = ""
    duplicate_of: int | None = None
    told: dict[str, Any] = field(default_factory=dict)


class Said(NamedTuple):
    """When an image was excluded or taken back, by whom, and why; None where it was taken back."""

    at: datetime
    by: str
    reason: str | None
    note: str


def exclude(session: Session, image_ids: Sequence[int], why: Why, by: User) -> int:
    """Exclude images; those that are excluded already stay as they are.

    Args:
        session: an open unit of work.
        image_ids: at most `AT_MOST`, each once.
        why: with a note where the reason is another one.
        by: the admin who asks.

    Returns:
        How many were excluded.

    Raises:
        Refused: they are more, or nothing says why.
    """
    require_few(image_ids)
    if why.reason == "other" and not why.note.strip():
        raise Refused(
            _("There is no reason."), "note", _("Say in a few words why they are excluded.")
        )
    touched: set[int] = set()
    number = 0
    for first in range(0, len(image_ids), BATCH):
        some = sorted(image_ids[first : first + BATCH])
        lock_images(session, some)
        new = _not_excluded(session, some)
        if new:
            _take_off_lists(session, new, why)
            last = _note(session, new, by, why.reason, why.note.strip())
            rebuild_references(session, new, moment(session))
            touched |= put_aside(session, new, rng=last)
            number += len(new)
    lots.decide(session, sorted(touched))
    if number:
        subject = f"image {image_ids[0]}" if len(image_ids) == 1 else "chosen images"
        details = {"reason": why.reason, "images": number, **why.told}
        if why.duplicate_of is not None:
            details["duplicate_of"] = why.duplicate_of
        audit.record(session, by, "exclude images", subject, **details)
    return number


def take_back(
    session: Session, image_ids: Sequence[int], by: User, told: dict[str, Any] | None = None
) -> int:
    """Let images that are excluded count again; what they waited for, they wait for again.

    Args:
        session: an open unit of work.
        image_ids: at most `AT_MOST`, each once; those that are not excluded stay as they are.
        by: the admin who asks.
        told: how they were chosen, for the audit log.

    Returns:
        How many were taken back.

    Raises:
        Refused: they are more.
    """
    require_few(image_ids)
    back: list[int] = []
    for first in range(0, len(image_ids), BATCH):
        some = sorted(image_ids[first : first + BATCH])
        lock_images(session, some)
        gone = delete(ExcludedImage).where(ExcludedImage.image_id.in_(some))
        rows = session.execute(gone.returning(ExcludedImage.image_id, ExcludedImage.items)).all()
        if rows:
            back += (ids := sorted(image for image, _items in rows))
            _note(session, ids, by, None)
            _list_again(session, dict(map(tuple, rows)))
    for worklist in _lists_of(session, back):
        double_reading.apply(session, worklist)
    for first in range(0, len(back), BATCH):
        rebuild_references(session, back[first : first + BATCH], moment(session))
    put_back(session, back)
    if back:
        subject = f"image {back[0]}" if len(image_ids) == 1 else "chosen images"
        audit.record(session, by, "take back images", subject, images=len(back), **(told or {}))
    return len(back)


def said(session: Session, image_id: int) -> list[Said]:
    """Return what admins have said of an image's exclusion, the latest first."""
    rows = (
        select(Exclusion.at, User.name, Exclusion.reason, Exclusion.note)
        .join(User, User.id == Exclusion.by_id)
        .where(Exclusion.image_id == image_id)
        .order_by(Exclusion.id.desc())
    )
    return [Said(*row) for row in session.execute(rows)]


def require_few(image_ids: Sequence[int]) -> None:
    """Refuse more images than go in one transaction.

    Raises:
        Refused: they are more than `AT_MOST`.
    """
    if len(image_ids) > AT_MOST:
        raise Refused(
            _("These are {number} images.", number=count(len(image_ids))),
            _("images"),
            _("Choose at most {number} at a time.", number=count(AT_MOST)),
        )


def _not_excluded(session: Session, image_ids: Sequence[int]) -> list[int]:
    """Return those of some images that are there, stay there and are not excluded."""
    rows = select(Image.id).where(
        Image.id.in_(image_ids),
        Image.id.not_in(select(RemovedImage.image_id).where(RemovedImage.image_id.in_(image_ids))),
        ~excluded(Image.id),
    )
    return list(session.scalars(rows.order_by(Image.id)))


def _take_off_lists(session: Session, image_ids: Sequence[int], why: Why) -> None:
    """Let nobody be given images any more, and keep which reads of them were still open."""
    open_reads = WorklistItem.image_id.in_(image_ids), WorklistItem.done.is_(False)
    columns = [getattr(WorklistItem, name) for name in ITEM]
    gone = delete(WorklistItem).where(*open_reads).returning(WorklistItem.image_id, *columns)
    kept: dict[int, list[dict[str, Any]]] = {}
    for image_id, *values in session.execute(_quietly(gone)):
        if values[0] in LISTS:
            kept.setdefault(image_id, []).append(dict(zip(ITEM, values, strict=True)))
    session.execute(_quietly(delete(Lease).where(Lease.image_id.in_(image_ids))))
    session.execute(
        insert(ExcludedImage),
        [
            {
                "image_id": image_id,
                "reason": why.reason,
                "duplicate_of": why.duplicate_of,
                "items": kept.get(image_id, []),
            }
            for image_id in image_ids
        ],
    )


def _list_again(session: Session, kept: dict[int, list[dict[str, Any]]]) -> None:
    """Put images on the lists again on which reads of them were open."""
    # What earlier releases kept says nothing of named lists.
    of_none = {"named_list_id": None}
    rows = [of_none | item | {"image_id": image} for image, items in kept.items() for item in items]
    if rows:
        session.execute(insert(WorklistItem), rows)
        renditions.want(session, sorted({row["image_id"] for row in rows}), moment(session))


def _lists_of(session: Session, image_ids: Sequence[int]) -> list[str]:
    """Return the lists whose plan says how often some images are read."""
    found: set[str] = set()
    for first in range(0, len(image_ids), BATCH):
        mine = WorklistItem.image_id.in_(image_ids[first : first + BATCH])
        found |= set(session.scalars(select(WorklistItem.worklist).where(mine).distinct()))
    return sorted(found & set(LISTS))


def _note(
    session: Session, image_ids: Sequence[int], by: User, reason: str | None, note: str = ""
) -> int:
    """Note what an admin has said of images; return the number of the last row."""
    at = moment(session)
    said = {"by_id": by.id, "reason": reason, "note": note, "at": at}
    added = insert(Exclusion).returning(Exclusion.id)
    rows = session.scalars(added, [{"image_id": image, **said} for image in image_ids])
    return max(rows)


def _quietly(statement: Any) -> Any:
    """Skip the search for changed rows in the session: it holds none of these."""
    return statement.execution_options(synchronize_session=False)
