"""What is told of reads beside a label: who read an image, and what was found in it."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.conditions import stands
from app.db.reading import Annotation, AnnotationFinding, Finding


def findings_by_read(session: Session, first: int, last: int) -> dict[int, list[str]]:
    """Return the names of what each annotation from one to another was tagged with."""
    found: dict[int, list[str]] = {}
    rows = session.execute(
        select(AnnotationFinding.annotation_id, Finding.name)
        .join(Finding, Finding.id == AnnotationFinding.finding_id)
        .where(AnnotationFinding.annotation_id.between(first, last))
        .order_by(Finding.position)
    )
    for annotation_id, name in rows:
        found.setdefault(annotation_id, []).append(name)
    return found


def findings_by_image(session: Session, first: int, last: int) -> dict[int, list[str]]:
    """Return the names of what any standing read of images from one to another was tagged with."""
    found: dict[int, list[str]] = {}
    rows = session.execute(
        select(Annotation.image_id, Finding.name, Finding.position)
        .join(AnnotationFinding, AnnotationFinding.annotation_id == Annotation.id)
        .join(Finding, Finding.id == AnnotationFinding.finding_id)
        .where(Annotation.image_id.between(first, last), stands(Annotation))
        .order_by(Annotation.image_id, Finding.position)
        .distinct()
    )
    for image_id, name, _place in rows:
        found.setdefault(image_id, []).append(name)
    return found


def reads_by_image(session: Session, first: int, last: int) -> dict[int, int]:
    """Count the readers whose annotations of images from one to another stand."""
    some = Annotation.image_id.between(first, last), Annotation.class_id.is_not(None)
    standing = select(Annotation.image_id, Annotation.reader_id).where(*some, stands(Annotation))
    return Counter(image_id for image_id, _reader in session.execute(standing.distinct()))
