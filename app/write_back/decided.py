"""What people have decided on images that are known in the PACS, beside what models had said.

Only labels that reads give: an accepted pseudo-label that nobody has read is no decision. And only
of images that nobody is about to read, since the PACS tells its readers.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.blindness import is_open
from app.db.archive import Image, LabelClass
from app.db.batches import Rows, in_batches
from app.db.conditions import stands
from app.db.reading import Annotation, AnnotationFinding, Finding, Overrule, ReferenceLabel
from app.db.write_back import PacsReference
from app.labels.reference import ADJUDICATION, OVERRULED
from app.write_back.ai_results import AiResult, ai_results
from app.write_back.ranges import Between, Named


@dataclass(frozen=True)
class Decided:
    """An image that carries a label which people gave.

    Attributes:
        image_id: its number.
        image_key: its name.
        source_digest: of the film's file.
        sealed: what the film is called in the PACS.
        laterality: `L`, `R` or something else where it is not known.
        label: its class.
        basis: see `app.labels.reference`.
        at: since when.
        by: whoever decided last, by role and number: `Reader^3`.
        readers: how many said the same.
        findings: what these readers tagged the image with.
        ai: what models had said, each at most once; empty where people read without them.
    """

    image_id: int
    image_key: str
    source_digest: str
    sealed: str
    laterality: str
    label: Named
    basis: str
    at: datetime
    by: str
    readers: int
    findings: tuple[Named, ...]
    ai: tuple[AiResult, ...]


def decided(session: Session, key_name: str, image_id: int | None = None) -> Iterator[Decided]:
    """Return what was decided on each image that a report can be written of, in their order.

    Args:
        session: a unit of work that sees one moment; keep it open while reading.
        key_name: of the key that opens the references.
        image_id: of the one image that is asked for; None for all.
    """
    named = select(LabelClass.id, LabelClass.name).order_by(LabelClass.position)
    classes = [(number, name) for number, name in session.execute(named)]
    query = (
        select(
            Image.id,
            Image.key,
            Image.source_digest,
            PacsReference.sealed,
            Image.laterality,
            LabelClass.id,
            LabelClass.name,
            ReferenceLabel.basis,
            ReferenceLabel.at,
        )
        .join(ReferenceLabel, ReferenceLabel.image_id == Image.id)
        .join(LabelClass, LabelClass.id == ReferenceLabel.class_id)
        .join(PacsReference, PacsReference.source_digest == Image.source_digest)
        .where(PacsReference.key_name == key_name, ~is_open(Image.id))
    )
    if image_id is not None:
        query = query.where(Image.id == image_id)
    for rows in in_batches(session, query, Image.id):
        yield from _of_batch(session, rows, classes)


def without_reference(session: Session, key_name: str) -> int:
    """Return how many images carry a label that people gave, and no reference that a key opens."""
    known = select(PacsReference.source_digest).where(PacsReference.key_name == key_name)
    lacking = (
        select(func.count())
        .select_from(ReferenceLabel)
        .join(Image, Image.id == ReferenceLabel.image_id)
        .where(Image.source_digest.not_in(known))
    )
    return session.scalar(lacking) or 0


class _Read(NamedTuple):
    """A read that stands."""

    image_id: int
    read_id: int
    reader_id: int
    class_id: int | None
    worklist: str


def _of_batch(session: Session, rows: Rows, classes: Sequence[Named]) -> Iterator[Decided]:
    within = Between(rows[0][0], rows[-1][0])
    said, reads = ai_results(session, within, classes), _reads(session, within)
    overruled, tags = _overruled_by(session, within), _tags(session, within)
    for image, key, film, sealed, side, class_id, name, basis, at in rows:
        agreeing = [read for read in reads[image].values() if read.class_id == class_id]
        yield Decided(
            image_id=image,
            image_key=key,
            source_digest=film,
            sealed=sealed,
            laterality=side,
            label=(class_id, name),
            basis=basis,
            at=at,
            by=_by(basis, agreeing, overruled.get(image)),
            readers=len(agreeing),
            findings=tuple(
                dict.fromkeys(tag for read in agreeing for tag in tags.get(read.read_id, ()))
            ),
            ai=tuple(said.get(image, ())),
        )


def _by(basis: str, agreeing: Sequence[_Read], admin: int | None) -> str:
    """Return whoever gave the label: the admin who overruled, or the last who read."""
    if basis == OVERRULED:
        return f"Admin^{admin}"
    if basis == ADJUDICATION:
        agreeing = [read for read in agreeing if read.worklist == ADJUDICATION]
    kind = "Adjudicator" if basis == ADJUDICATION else "Reader"
    return f"{kind}^{max(agreeing, key=lambda read: read.read_id).reader_id}"


def _reads(session: Session, within: Between) -> dict[int, dict[int, _Read]]:
    """Return the last read of each reader that stands, by image and reader."""
    query = select(
        Annotation.image_id,
        Annotation.id,
        Annotation.reader_id,
        Annotation.class_id,
        Annotation.worklist,
    ).where(within.holds(Annotation.image_id), stands(Annotation))
    found = defaultdict[int, dict[int, _Read]](dict)
    for row in session.execute(query.order_by(Annotation.id)):
        read = _Read(*row)
        found[read.image_id][read.reader_id] = read
    return found


def _overruled_by(session: Session, within: Between) -> dict[int, int]:
    """Return the number of the admin who has overruled the reads of an image last."""
    query = select(Overrule.image_id, Overrule.by_id).where(within.holds(Overrule.image_id))
    return dict(session.execute(query.order_by(Overrule.id)).all())


def _tags(session: Session, within: Between) -> dict[int, list[Named]]:
    """Return what each read was tagged with, in the order of the findings."""
    query = (
        select(AnnotationFinding.annotation_id, Finding.id, Finding.name)
        .join(Finding, Finding.id == AnnotationFinding.finding_id)
        .join(Annotation, Annotation.id == AnnotationFinding.annotation_id)
        .where(within.holds(Annotation.image_id))
        .order_by(Finding.position)
    )
    found = defaultdict[int, list[Named]](list)
    for read, number, name in session.execute(query):
        found[read].append((number, name))
    return found
