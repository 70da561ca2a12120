"""What was said of an image: for its adjudicator, and its whole history."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.blindness import INDEPENDENT, require_history_open, says
from app.db.archive import Image, LabelClass
from app.db.conditions import counts
from app.db.people import User
from app.db.reading import Annotation, AnnotationFinding, Finding, Overrule, ReferenceLabel
from app.labels.images import no_such_image
from app.labels.measurements import in_words


class Opinion(BaseModel):
    """What one independent reader said, without who it was."""

    class_id: int | None
    """None where the reader said that the image can carry no label."""
    reason: str | None
    """Why it can carry none, where the reader said so."""
    note: str | None
    findings: list[str]
    measurements: list[str]
    """Lengths and angles, in words."""


class Event(Opinion):
    """One row of an image's history."""

    at: datetime
    worklist: str
    undone: bool
    """The reader took it back later."""
    late: bool
    """Said when all independent reads of the image had been made, so it is not compared."""
    reader: str | None
    """None where whoever asks is no admin."""


class Word(BaseModel):
    """An admin's word against the reads, the latest of which counts."""

    at: datetime
    class_id: int | None
    """None let the reads decide again."""
    reason: str
    by: str


class History(BaseModel):
    """Everything that was said of an image, the latest first, and what it amounts to."""

    image_id: int
    class_id: int | None
    basis: str | None
    """`single_read`, `agreement`, `adjudication` or `overruled`; None while there is no reference
    label."""
    reads: list[Event]
    overrules: list[Word]
    """For admins: what they said against the reads, the latest first."""
    state: str
    """For admins: names all that was said so far; empty for others."""


def opinions(session: Session, image_id: int) -> list[Opinion]:
    """Return the independent reads of an image for its adjudicator.

    In the order of the classes, so that nothing tells who read first.
    """
    independent = select(Annotation, LabelClass.position).where(
        Annotation.image_id == image_id,
        Annotation.worklist.in_(INDEPENDENT),
        counts(Annotation),
    )
    independent = independent.outerjoin(LabelClass, LabelClass.id == Annotation.class_id)
    rows = session.execute(independent).all()
    tags = _tags(session, image_id)
    rows = sorted(rows, key=lambda row: (row[1] or 0, row[0].reason or "", row[0].note or ""))
    image = session.get_one(Image, image_id)
    return [_opinion(read, tags, image) for read, _ in rows]


def history(session: Session, image_id: int, with_names: bool) -> History:
    """Return everything that was said of an image.

    Args:
        with_names: whether whoever asks may know who read. Who may not gets no history either
            while somebody may have to read the image blind, or to adjudicate it.

    Raises:
        NotFound: if there is no such image.
        Conflict: if it is still to be read without knowing what others said.
    """
    image = session.get(Image, image_id)
    if image is None:
        raise no_such_image(image_id)
    if not with_names:
        require_history_open(session, image_id)
    withdrawn = select(Annotation.withdraws_id).where(
        Annotation.image_id == image_id, Annotation.withdraws_id.is_not(None)
    )
    taken_back = set(session.scalars(withdrawn))
    rows = session.execute(
        select(Annotation, User.name)
        .join(User, User.id == Annotation.reader_id)
        .where(Annotation.image_id == image_id, says(Annotation))
        .order_by(Annotation.id.desc())
    )
    tags = _tags(session, image_id)
    label = session.get(ReferenceLabel, image_id)
    return History(
        image_id=image_id,
        class_id=label and label.class_id,
        basis=label and label.basis,
        reads=[
            Event(
                **_opinion(read, tags, image).model_dump(),
                at=read.at,
                worklist=read.worklist,
                undone=read.id in taken_back,
                late=read.late,
                reader=name if with_names else None,
            )
            for read, name in rows
        ],
        overrules=_overrules(session, image_id) if with_names else [],
        state=state(session, image_id) if with_names else "",
    )


def state(session: Session, image_id: int) -> str:
    """Return what names all that was said of an image so far: who overrules it sends it back."""
    numbers = (
        session.scalar(select(func.max(table.id)).where(table.image_id == image_id)) or 0
        for table in (Annotation, Overrule)
    )
    return ".".join(map(str, numbers))


def _overrules(session: Session, image_id: int) -> list[Word]:
    rows = (
        select(Overrule, User.name)
        .join(User, User.id == Overrule.by_id)
        .where(Overrule.image_id == image_id)
        .order_by(Overrule.id.desc())
    )
    return [
        Word(at=row.at, class_id=row.class_id, reason=row.reason, by=name)
        for row, name in session.execute(rows)
    ]


def _opinion(read: Annotation, tags: dict[int, list[str]], image: Image) -> Opinion:
    return Opinion(
        class_id=read.class_id,
        reason=read.reason,
        note=read.note,
        findings=tags.get(read.id, []),
        measurements=in_words(read.measurements, image.spacing_mm, image.spacing_plane),
    )


def _tags(session: Session, image_id: int) -> dict[int, list[str]]:
    """Return the names of the findings each annotation of an image came with."""
    rows = session.execute(
        select(AnnotationFinding.annotation_id, Finding.name)
        .join(Finding, Finding.id == AnnotationFinding.finding_id)
        .join(Annotation, Annotation.id == AnnotationFinding.annotation_id)
        .where(Annotation.image_id == image_id)
        .order_by(Finding.position)
    )
    tags: dict[int, list[str]] = {}
    for annotation_id, name in rows:
        tags.setdefault(annotation_id, []).append(name)
    return tags
