"""The rows of what is exported as a table: labels, reads, pseudo-labels, and the audit trail.

The names of patients, studies and images are the manifest's own, or the pseudonyms of DICOM's.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.blindness import says
from app.db.archive import Image, LabelClass, Patient, Study
from app.db.conditions import stands
from app.db.learning import PseudoLabel
from app.db.people import AuditEvent, User
from app.db.reading import Annotation, ReferenceLabel
from app.db.review import BlindRead
from app.export.batches import Rows, in_batches
from app.export.reads import findings_by_image, findings_by_read, reads_by_image
from app.labels.measurements import figures
from app.labels.report_versions import is_earlier

Row = dict[str, Any]
EDGES = (Image.region_left, Image.region_top, Image.region_right, Image.region_bottom)


def _labels(session: Session) -> Iterator[Row]:
    query = (
        select(
            ReferenceLabel.image_id,
            Image.key,
            Study.key,
            Patient.key,
            Patient.split,
            Image.site,
            Image.laterality,
            LabelClass.name,
            ReferenceLabel.basis,
            ReferenceLabel.at,
            _on_earlier_report(),
            *EDGES,
        )
        .select_from(ReferenceLabel)
        .join(Image, Image.id == ReferenceLabel.image_id)
        .join(Study, Study.id == Image.study_id)
        .join(Patient, Patient.id == Image.patient_id)
        .join(LabelClass, LabelClass.id == ReferenceLabel.class_id)
    )
    found = in_batches(session, query, ReferenceLabel.image_id)
    return chain.from_iterable(_labels_of(session, rows) for rows in found)


def _labels_of(session: Session, rows: Rows) -> Iterator[Row]:
    first, last = rows[0][0], rows[-1][0]
    reads = reads_by_image(session, first, last)
    findings = findings_by_image(session, first, last)
    for row in rows:
        image_id, image, study, patient, split, site, side, label, basis, at, earlier, *edges = row
        yield {
            "image_id": image,
            "study_id": study,
            "patient_id": patient,
            "split": split,
            "site": site,
            "laterality": side,
            "region": _region(edges),
            "label": label,
            "basis": basis,
            "earlier_report": earlier,
            "readers": reads.get(image_id, 0),
            "findings": findings.get(image_id, []),
            "at": at.isoformat(),
        }


def _reads(session: Session) -> Iterator[Row]:
    """Everything readers said, also what they took back later."""
    query = (
        select(Annotation.id, Annotation, Image, Study.report_version, User.name, LabelClass.name)
        .join(Image, Image.id == Annotation.image_id)
        .join(Study, Study.id == Image.study_id)
        .join(User, User.id == Annotation.reader_id)
        .outerjoin(LabelClass, LabelClass.id == Annotation.class_id)
        .where(says(Annotation))
    )
    found = in_batches(session, query, Annotation.id)
    return chain.from_iterable(_reads_of(session, rows) for rows in found)


def _reads_of(session: Session, rows: Rows) -> Iterator[Row]:
    first, last = rows[0][0], rows[-1][0]
    withdrawals = select(Annotation.withdraws_id, Annotation.at)
    mine = withdrawals.where(Annotation.withdraws_id.between(first, last))
    taken_back = dict(session.execute(mine).all())
    findings = findings_by_read(session, first, last)
    for _id, read, image, newest, reader, label in rows:
        withdrawn = taken_back.get(read.id)
        yield {
            "image_id": image.key,
            "site": image.site,
            "laterality": image.laterality,
            "reader": reader,
            "worklist": read.worklist,
            "label": label,
            "reason": read.reason,
            "findings": findings.get(read.id, []),
            "note": read.note,
            "measurements": figures(read.measurements, image.spacing_mm, image.spacing_plane),
            "milliseconds": read.milliseconds,
            "report_version": read.report_version,
            "earlier_report": is_earlier(read.report_version, newest),
            "at": read.at.isoformat(),
            "taken_back_at": withdrawn and withdrawn.isoformat(),
            "late": read.late,
        }


def _pseudo_labels(session: Session) -> Iterator[Row]:
    classes = session.scalars(select(LabelClass).order_by(LabelClass.position)).all()
    names = {known.id: known.name for known in classes}
    said_blind = PseudoLabel.decided_by == BlindRead.reader_id
    query = (
        select(
            PseudoLabel.id,
            PseudoLabel,
            Image.key,
            Patient.key,
            Image.site,
            Study.report_version,
            Image.laterality,
            Annotation,
            BlindRead,
            *EDGES,
        )
        .join(Image, Image.id == PseudoLabel.image_id)
        .join(Study, Study.id == Image.study_id)
        .join(Patient, Patient.id == Image.patient_id)
        .outerjoin(Annotation, Annotation.id == PseudoLabel.annotation_id)
        .outerjoin(BlindRead, (BlindRead.pseudo_label_id == PseudoLabel.id) & said_blind)
    )
    for row in chain.from_iterable(in_batches(session, query, PseudoLabel.id)):
        _id, label, image, patient, site, newest, side, read, blind, *edges = row
        yield {
            "sweep": label.sweep_id,
            "image_id": image,
            "patient_id": patient,
            "site": site,
            "laterality": side,
            "region": _region(edges),
            "predicted": names[label.class_id],
            "confidence": label.confidence,
            "probabilities": dict(zip(names.values(), label.probabilities, strict=True)),
            "status": label.status,
            "conflict": label.conflict,
            "unlike": label.unlike,
            "not_read": label.not_read,
            "guessed": label.guessed,
            "asked": label.asked,
            "report_version": label.report_version,
            "earlier_report": is_earlier(label.report_version, newest),
            "read_as": names[read.class_id] if read and read.class_id else None,
            "blind_read_as": _said(blind, names),
            "changed_mind": blind and read and blind.class_id != read.class_id,
            "decided_at": label.decided_at and label.decided_at.isoformat(),
        }


def _on_earlier_report() -> ColumnElement[bool]:
    """Whether a standing read of an image was made on a report that has been corrected since."""
    return exists().where(
        Annotation.image_id == Image.id,
        Annotation.class_id.is_not(None),
        stands(Annotation),
        Annotation.report_version > 0,
        Annotation.report_version != Study.report_version,
    )


def _region(edges: Sequence[int | None]) -> list[int] | None:
    """Left, top, right and bottom of a knee on a film of both, in pixels of the film."""
    return [edge for edge in edges if edge is not None] or None


def _said(blind: BlindRead | None, names: dict[int, str]) -> str | None:
    """What the reader who decided had said before seeing the pseudo-label, if anything."""
    if blind is None:
        return None
    return "cannot be labelled" if blind.class_id is None else names[blind.class_id]


def _audit(session: Session) -> Iterator[Row]:
    query = select(AuditEvent.id, AuditEvent, User.name).outerjoin_from(AuditEvent, User)
    for _id, event, name in chain.from_iterable(in_batches(session, query, AuditEvent.id)):
        yield {
            "id": event.id,
            "at": event.at.isoformat(),
            "person": name,
            "action": event.action,
            "subject": event.subject,
            "details": event.details,
        }


EXPORTS: dict[str, tuple[list[str], Callable[[Session], Iterator[Row]]]] = {
    "labels": (
        [
            "image_id",
            "study_id",
            "patient_id",
            "split",
            "site",
            "laterality",
            "region",
            "label",
            "basis",
            "earlier_report",
            "readers",
            "findings",
            "at",
        ],
        _labels,
    ),
    "reads": (
        [
            "image_id",
            "site",
            "laterality",
            "reader",
            "worklist",
            "label",
            "reason",
            "findings",
            "note",
            "measurements",
            "milliseconds",
            "report_version",
            "earlier_report",
            "at",
            "taken_back_at",
            "late",
        ],
        _reads,
    ),
    "pseudo-labels": (
        [
            "sweep",
            "image_id",
            "patient_id",
            "site",
            "laterality",
            "region",
            "predicted",
            "confidence",
            "probabilities",
            "status",
            "conflict",
            "unlike",
            "not_read",
            "guessed",
            "asked",
            "report_version",
            "earlier_report",
            "read_as",
            "blind_read_as",
            "changed_mind",
            "decided_at",
        ],
        _pseudo_labels,
    ),
    "audit": (["id", "at", "person", "action", "subject", "details"], _audit),
}
