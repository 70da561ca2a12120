"""Where each knee of a film of both is, put right by who looks at it.

A label belongs to the part of the film it was given on, so labels stay through every correction.
"""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from app import audit
from app.db.archive import Image, Rendition
from app.db.learning import PseudoLabel, Run
from app.db.people import User
from app.errors import Conflict, Refused
from app.imaging.knees import Region, divided, lies_beside
from app.imports.arrival import NewRendition
from app.labels.images import no_such_image
from app.runs import rules as runs
from app.runs.kinds import CROP
from app.runs.parameters import CropParameters
from app.texts import _

OF_A_SIDE = ("scope", "key", "laterality", "given_class_id", "details")
"""What is said of a knee, by its side, and not of the part of the film."""
LEAST_SHARE = 0.1
"""Of what both knees take together: less of it shows no knee."""


def correct(
    session: Session,
    user: User,
    image_id: int,
    laterality: Literal["L", "R"] | None,
    line: int | None,
) -> bool:
    """Say which knee an image shows, or where the line between it and the other is.

    Each is stated as it is to be, so that saying it twice changes nothing. Where the side is
    another than before, the two knees exchange all that goes by side: name, side and what a
    manifest said. Where the line is another, both lose their model renditions until a worker has
    made them anew.

    Args:
        session: an open unit of work.
        user: who says it.
        image_id: one knee of a film of both.
        laterality: the side of that knee; None leaves it.
        line: None leaves it; else the column of the film that the second knee begins with, or the
            row where one knee is above the other; in pixels of the viewer rendition.

    Returns:
        Whether model renditions are to be made.

    Raises:
        NotFound: there is no such image.
        Refused: its film is of one knee, or the line leaves too little of one.
    """
    first, second = _knees_of_film(session, image_id)
    own, other = (first, second) if first.id == image_id else (second, first)
    if laterality and own.laterality != laterality:
        _exchange_sides(session, own, other)
        audit.record(session, user, "correct side", f"image {image_id}", laterality=laterality)
    return line is not None and _move_line(session, user, first, second, line)


def require_crops(session: Session, user_id: int) -> Run | None:
    """Queue a run that makes missing model renditions; None where one is at it already.

    Args:
        session: an open unit of work.
        user_id: whose correction it follows.
    """
    try:
        return runs.request(session, CROP, CropParameters(), user_id)
    except Conflict:
        return None


def uncropped(session: Session, limit: int) -> Sequence[Image]:
    """Return knees of films of both that have no model rendition."""
    made = exists().where(Rendition.image_id == Image.id, Rendition.kind == "model")
    images = select(Image).where(Image.region_left.is_not(None), ~made)
    return session.scalars(images.order_by(Image.id).limit(limit)).all()


def add_crop(session: Session, image_id: int, region: Region, rendition: NewRendition) -> bool:
    """Give a knee its model rendition, where it still has none and its region has not moved.

    Args:
        session: an open unit of work.
        image_id: the knee.
        region: what the rendition was made from.
        rendition: its file is in the store.

    Returns:
        False where it came too late, or second.
    """
    image = session.scalars(
        select(Image).where(Image.id == image_id).with_for_update(key_share=True)
    ).one()
    session.refresh(image)
    has_one = select(Rendition.id).where(Rendition.image_id == image_id, Rendition.kind == "model")
    if image.region != region or session.scalar(has_one) is not None:
        return False
    session.add(Rendition(image_id=image_id, **vars(rendition)))
    session.flush()
    return True


def _knees_of_film(session: Session, image_id: int) -> tuple[Image, Image]:
    """Lock both knees of a film; the left or upper one is first."""
    film = select(Image.source_digest).where(Image.id == image_id).scalar_subquery()
    images = select(Image).where(Image.source_digest == film).order_by(Image.id)
    found = session.scalars(images.with_for_update()).all()
    if not found:
        raise no_such_image(image_id)
    if len(found) != 2 or any(image.region is None for image in found):
        raise Refused(
            _("This film is of one knee."),
            _("image {number}", number=image_id),
            _("Its side was set at import."),
        )
    first, second = sorted(found, key=lambda image: (image.region_top, image.region_left))
    return first, second


def _exchange_sides(session: Session, one: Image, other: Image) -> None:
    """Two statements cannot change places at once: one of them waits under names of its own."""
    mine, yours = ({name: getattr(image, name) for name in OF_A_SIDE} for image in (one, other))
    waiting = {"key": f"{one.key} exchanged", "laterality": ""}
    for image, said in ((one, waiting), (other, mine), (one, yours)):
        for name, value in said.items():
            setattr(image, name, value)
        session.flush()


def _move_line(session: Session, user: User, first: Image, second: Image, line: int) -> bool:
    before, after = first.region, second.region
    assert before is not None
    assert after is not None
    beside = lies_beside(before, after)
    was = after.left if beside else after.top
    if was == line:
        return False
    start, end = (before.left, after.right) if beside else (before.top, after.bottom)
    least = max(1, round(LEAST_SHARE * (end - start)))
    if not start + least <= line <= end - least:
        raise Refused(
            _("The line leaves too little of one knee."),
            "line",
            _("Put the line between {first} and {last}.", first=start + least, last=end - least),
        )
    first.region, second.region = divided(before, after, line)
    session.flush()
    _forget_crops(session, [first.id, second.id])
    audit.record(session, user, "move line between knees", f"image {first.id}", line=line, was=was)
    return True


def _forget_crops(session: Session, image_ids: Sequence[int]) -> None:
    """What was made from the region as it was must not be used any more."""
    session.execute(
        delete(Rendition).where(Rendition.image_id.in_(image_ids), Rendition.kind == "model")
    )
    maps = update(PseudoLabel).where(PseudoLabel.image_id.in_(image_ids))
    session.execute(maps.values(attention_digest=None))
