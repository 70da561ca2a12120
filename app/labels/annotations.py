"""Adding annotations, with everything that follows from them for whatever worklist."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, literal
from sqlalchemy.orm import Session

from app import audit
from app.db.asking import ask
from app.db.reading import Annotation
from app.db.tables import UtcDateTime
from app.labels import guideline_versions, report_versions
from app.labels.findings import tag
from app.labels.reference import rebuild_reference, rebuild_references

_SHOWN_AT = bindparam("shown_at", type_=UtcDateTime())
_VERSIONS = {
    "report_version": report_versions.version_at(bindparam("of_image"), _SHOWN_AT),
    "guideline_version": guideline_versions.version_at(_SHOWN_AT),
}
"""What was in force when the image was drawn: a report that came after that was not read."""
_ADDITION = insert(Annotation).values(_VERSIONS).returning(Annotation.id)
_COLUMNS = Annotation.__table__.c.keys() - _VERSIONS.keys()
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

    The image is locked. The annotation gets its id without being in the session. The audit event
    does not hold the note, which may name the patient.
    """
    said = {name: getattr(annotation, name) for name in _COLUMNS}
    row = {name: value for name, value in said.items() if value is not None}
    shown_at = annotation.at - timedelta(milliseconds=annotation.milliseconds or 0)
    versions = {"of_image": annotation.image_id, "shown_at": shown_at}
    [annotation.id] = ask(session, _ADDITION, row | versions).one()
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
    held = guideline_versions.version_at(literal(now, UtcDateTime()))
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


def _event(annotation: Annotation) -> audit.Event:
    """Return what an annotation that is in the database did, for the audit log."""
    details = {
        "worklist": annotation.worklist,
        "class_id": annotation.class_id,
        "annotation_id": annotation.id,
    }
    action = "undo label" if annotation.withdraws_id else "label"
    return audit.Event(action, f"image {annotation.image_id}", details)
