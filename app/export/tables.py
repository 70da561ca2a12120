"""The rows of what is exported as a table: labels, reads, pseudo-labels, and the audit trail.

The names of patients, studies and images are the manifest's own, or the pseudonyms of DICOM's.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import trail
from app.blindness import says
from app.db.archive import Image, LabelClass, Patient, Study
from app.db.batches import Rows, in_batches
from app.db.conditions import excluded
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Annotation, ReferenceLabel
from app.db.review import BlindRead
from app.export.reads import findings_by_image, findings_by_read, reads_by_image
from app.labels.classes import of_all
from app.labels.measurements import figures
from app.labels.report_versions import is_earlier, on_earlier_report

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
            on_earlier_report(),
            *EDGES,
        )
        .select_from(ReferenceLabel)
        .join(Image, Image.id == ReferenceLabel.image_id)
        .join(Study, Study.id == Image.study_id)
        .join(Patient, Patient.id == Image.patient_id)
        .join(LabelClass, LabelClass.id == ReferenceLabel.class_id)
    )
    for rows in in_batches(session, query, ReferenceLabel.image_id):
        yield from _labels_of(session, rows)


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
        select(
            Annotation.id,
            Image.key,
            Image.site,
            Image.laterality,
            User.name,
            Annotation.worklist,
            LabelClass.name,
            Annotation.reason,
            Annotation.note,
            Annotation.measurements,
            Image.spacing_mm,
            Image.spacing_plane,
            Annotation.milliseconds,
            Annotation.report_version,
            Study.report_version,
            Annotation.at,
            Annotation.late,
            Annotation.guideline_version,
        )
        .join(Image, Image.id == Annotation.image_id)
        .join(Study, Study.id == Image.study_id)
        .join(User, User.id == Annotation.reader_id)
        .outerjoin(LabelClass, LabelClass.id == Annotation.class_id)
        .where(says(Annotation))
    )
    for rows in in_batches(session, query, Annotation.id):
        yield from _reads_of(session, rows)


def _reads_of(session: Session, rows: Rows) -> Iterator[Row]:
    first, last = rows[0][0], rows[-1][0]
    withdrawals = select(Annotation.withdraws_id, Annotation.at)
    mine = withdrawals.where(Annotation.withdraws_id.between(first, last))
    taken_back = {read: at.isoformat() for read, at in session.execute(mine)}
    findings = findings_by_read(session, first, last)
    for row in rows:
        read_id, image, site, side, reader, worklist, label, reason, note, *rest = row
        measurements, spacing, plane, milliseconds, report_version, newest, *rest = rest
        at, late, guideline_version = rest
        yield {
            "image_id": image,
            "site": site,
            "laterality": side,
            "reader": reader,
            "worklist": worklist,
            "label": label,
            "reason": reason,
            "findings": findings.get(read_id, []),
            "note": note,
            "measurements": figures(measurements, spacing, plane),
            "milliseconds": milliseconds,
            "report_version": report_version,
            "earlier_report": is_earlier(report_version, newest),
            "at": at.isoformat(),
            "taken_back_at": taken_back.get(read_id),
            "late": late,
            "guideline_version": guideline_version,
        }


def _pseudo_labels(session: Session) -> Iterator[Row]:
    classes = select(LabelClass.id, LabelClass.name).order_by(LabelClass.position)
    names = dict(session.execute(classes).all())
    label, said_blind = PseudoLabel, PseudoLabel.decided_by == BlindRead.reader_id
    query = (
        select(
            label.id,
            Image.key,
            Patient.key,
            Image.site,
            Image.laterality,
            Study.report_version,
            label.sweep_id,
            label.class_id,
            label.confidence,
            label.probabilities,
            label.status,
            label.conflict,
            label.unlike,
            label.not_read,
            label.guessed,
            label.asked,
            label.report_version,
            label.decided_at,
            Annotation.id,
            Annotation.class_id,
            BlindRead.id,
            BlindRead.class_id,
            *EDGES,
        )
        .join(Image, Image.id == label.image_id)
        .join(Study, Study.id == Image.study_id)
        .join(Patient, Patient.id == Image.patient_id)
        .outerjoin(Annotation, Annotation.id == label.annotation_id)
        .outerjoin(BlindRead, (BlindRead.pseudo_label_id == label.id) & said_blind)
        .where(~excluded(label.image_id))
    )
    for row in chain.from_iterable(in_batches(session, query, label.id)):
        _id, image, patient, site, side, newest, sweep, class_id, confidence, likely, *rest = row
        status, conflict, unlike, not_read, guessed, asked, version, decided, *reads = rest
        read, read_class, blind, blind_class, *edges = reads
        yield {
            "sweep": sweep,
            "image_id": image,
            "patient_id": patient,
            "site": site,
            "laterality": side,
            "region": _region(edges),
            "predicted": names[class_id],
            "confidence": confidence,
            "probabilities": dict(zip(names.values(), of_all(likely, len(names)), strict=True)),
            "status": status,
            "conflict": conflict,
            "unlike": unlike,
            "not_read": not_read,
            "guessed": guessed,
            "asked": asked,
            "report_version": version,
            "earlier_report": is_earlier(version, newest),
            "read_as": names[read_class] if read_class else None,
            "blind_read_as": blind and names.get(blind_class, "cannot be labelled"),
            "changed_mind": blind and read and blind_class != read_class,
            "decided_at": decided and decided.isoformat(),
        }


def _region(edges: Sequence[int | None]) -> list[int] | None:
    """Left, top, right and bottom of a knee on a film of both, in pixels of the film."""
    return [edge for edge in edges if edge is not None] or None


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
            "guideline_version",
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
    "audit": (trail.COLUMNS, trail.rows),
}
