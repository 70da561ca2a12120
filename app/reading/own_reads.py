"""What a reader said: the latest reads of one's own, and what was said before an undo.

Only the reader's own rows are read here, and nothing is told of what followed from them: whether a
change came late, for one, would say that others have read the image.
"""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Row, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.archive import Image
from app.db.conditions import says, stands
from app.db.reading import Annotation, AnnotationFinding, Finding
from app.labels.measurements import Measurement, in_words
from app.names import named
from app.worklists.queues import WorklistName

LOOKED_THROUGH = 300
"""Rows of a reader that are looked through for the last reads of one worklist."""


class Answer(BaseModel):
    """What a read said, as it is filled in again; findings by their ids."""

    class_id: int | None
    """None where it said that the image can carry no label."""
    reason: str | None
    note: str
    findings: list[int]
    measurements: list[Measurement]


class OwnRead(BaseModel):
    """A read of whoever asks that stands."""

    id: int
    image_id: int
    worklist: WorklistName
    at: datetime
    preview: str
    """Address of a small picture of the film, good for ever."""
    film: str
    """Side and view in words; empty where the file says neither."""
    class_id: int | None
    reason: str | None
    note: str
    findings: list[str]
    measurements: list[str]


def own_reads(
    session: Session,
    reader_id: int,
    count: int,
    worklist: WorklistName | None = None,
    before: int | None = None,
) -> list[OwnRead]:
    """Return a reader's own reads that stand, the latest first.

    Args:
        count: how many at most.
        worklist: of which worklist, as far as the last `LOOKED_THROUGH` rows have them; None: of
            all.
        before: the last read of the page before; None begins with the latest.
    """
    mine = [Annotation.reader_id == reader_id, stands(Annotation)]
    newest_first = Annotation.at.desc(), Annotation.id.desc()
    if worklist:
        rows_of_reader = select(Annotation.id).where(Annotation.reader_id == reader_id)
        latest = rows_of_reader.order_by(*newest_first).limit(LOOKED_THROUGH).subquery()
        mine += [Annotation.id.in_(select(latest.c.id)), Annotation.worklist == worklist]
    if before:
        last = select(Annotation.at).where(
            Annotation.id == before, Annotation.reader_id == reader_id
        )
        at = session.scalar(last)
        if at is None:
            return []
        earlier = and_(Annotation.at == at, Annotation.id < before)
        mine += [Annotation.at <= at, or_(Annotation.at < at, earlier)]
    wanted = select(Annotation, Image).join(Image).where(*mine).order_by(*newest_first)
    rows = session.execute(wanted.limit(count)).all()
    tags = _names_of_findings(session, [read.id for read, _image in rows])
    return [_own_read(row, tags) for row in rows]


def former_answer(
    session: Session, reader_id: int, worklist: WorklistName, image_id: int
) -> Answer | None:
    """Return what a reader said of an image on a worklist and took back; None where nothing."""
    withdrawal = aliased(Annotation)
    withdrawn = exists().where(withdrawal.withdraws_id == Annotation.id)
    mine = _said(reader_id, worklist, image_id).where(withdrawn)
    read = session.scalars(mine).first()
    return answer(session, read) if read else None


def standing_read(
    session: Session, reader_id: int, worklist: WorklistName, image_id: int
) -> Annotation | None:
    """Return a reader's latest standing read of an image on a worklist; None without one."""
    return session.scalars(_said(reader_id, worklist, image_id).where(stands(Annotation))).first()


def answer(session: Session, read: Annotation) -> Answer:
    """Return what a read says, as a page fills it in again."""
    mine = AnnotationFinding.annotation_id == read.id
    return Answer(
        class_id=read.class_id,
        reason=read.reason,
        note=read.note or "",
        findings=list(session.scalars(select(AnnotationFinding.finding_id).where(mine))),
        measurements=[Measurement.model_validate(each) for each in read.measurements or ()],
    )


def _said(reader_id: int, worklist: str, image_id: int) -> Select[Annotation]:
    return (
        select(Annotation)
        .where(
            Annotation.image_id == image_id,
            Annotation.reader_id == reader_id,
            Annotation.worklist == worklist,
            says(Annotation),
        )
        .order_by(Annotation.id.desc())
        .limit(1)
    )


def _own_read(row: Row[Annotation, Image], tags: dict[int, list[str]]) -> OwnRead:
    read, image = row
    side = {"L": named("left"), "R": named("right")}.get(image.laterality, image.laterality)
    return OwnRead(
        id=read.id,
        image_id=image.id,
        worklist=read.worklist,
        at=read.at,
        preview=f"/api/v1/images/{image.id}/preview?digest={image.stored_digest}",
        film=" ".join(filter(None, (side, named(image.view)))),
        class_id=read.class_id,
        reason=read.reason,
        note=read.note or "",
        findings=tags.get(read.id, []),
        measurements=in_words(read.measurements, image.spacing_mm, image.spacing_plane),
    )


def _names_of_findings(session: Session, reads: list[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(AnnotationFinding.annotation_id, Finding.name)
        .join(Finding, Finding.id == AnnotationFinding.finding_id)
        .where(AnnotationFinding.annotation_id.in_(reads))
        .order_by(Finding.position)
    )
    found: dict[int, list[str]] = {}
    for read, name in rows:
        found.setdefault(read, []).append(name)
    return found
