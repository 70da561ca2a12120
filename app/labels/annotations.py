"""Adding annotations, with everything that follows from them for whatever worklist."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app import audit
from app.db.reading import Annotation
from app.labels import guideline_versions, report_versions
from app.labels.findings import tag
from app.labels.reference import rebuild_reference, rebuild_references

_SAID = (
    "image_id",
    "reader_id",
    "worklist",
    "class_id",
    "unusable",
    "withdraws_id",
    "report_version",
    "idempotency_key",
    "at",
)
"""Columns of an annotation that comes from a batch."""


def add_annotation(
    session: Session, annotation: Annotation, findings: Collection[int] = ()
) -> None:
    """Add an annotation, rebuild the image's reference label and record who did it.

    The image is locked. The audit event does not hold the note, which may name the patient.
    """
    annotation.report_version = report_versions.version_at(
        annotation.image_id, _shown_at(annotation)
    )
    annotation.guideline_version = guideline_versions.version_at(_shown_at(annotation))
    session.add(annotation)
    session.flush()
    tag(session, annotation, findings)
    rebuild_reference(session, annotation.image_id, annotation.at)
    audit.record_all(session, annotation.reader_id, [_event(annotation)])


def add_annotations(
    session: Session, reader_id: int, annotations: Sequence[Annotation], now: datetime
) -> None:
    """Do for many annotations of one reader at once what `add_annotation` does for one.

    Each is of another image, and gets its id without being in the session: that would add them one
    after the other.
    """
    if not annotations:
        return
    newest = report_versions.newest(session, [each.image_id for each in annotations])
    for each in annotations:
        each.report_version = newest[each.image_id]
    rows = [{name: getattr(each, name) for name in _SAID} for each in annotations]
    held = guideline_versions.version_at(now)
    kept = (
        insert(Annotation)
        .values(guideline_version=held)
        .returning(Annotation.image_id, Annotation.id)
    )
    ids = dict(session.execute(kept, rows).all())
    for each in annotations:
        each.id = ids[each.image_id]
    rebuild_references(session, list(ids), now)
    audit.record_all(session, reader_id, [_event(each) for each in annotations])


def _shown_at(annotation: Annotation) -> datetime:
    """Return when the image was drawn: a report that came after that was not read."""
    return annotation.at - timedelta(milliseconds=annotation.milliseconds or 0)


def _event(annotation: Annotation) -> audit.Event:
    """Return what an annotation that is in the database did, for the audit log."""
    details = {
        "worklist": annotation.worklist,
        "class_id": annotation.class_id,
        "annotation_id": annotation.id,
    }
    action = "undo label" if annotation.withdraws_id else "label"
    return audit.Event(action, f"image {annotation.image_id}", details)
