"""Registering films: who they are of, which split, what was kept out and why."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import Image, LabelClass, Patient, QuarantinedFile, Rendition, Study
from app.db.learning import PseudoLabel
from app.db.tables import now

DEFAULT_CLASSES = ("normal", "abnormal", "arthroplasty")


@dataclass(frozen=True)
class NewRendition:
    """A rendition that is in the store; the fields are those of the table."""

    kind: str
    digest: str
    width: int
    height: int
    bits: int
    window_centre: float
    window_width: float


@dataclass(frozen=True)
class Arrival:
    """A film whose files are in the store, ready to be registered.

    Attributes:
        split: of the patient, used only where the patient is new.
        label: name of a class, or empty.
        report: of the study, or empty.

    The others are those of the tables Patient, Study and Image.
    """

    patient_key: str
    study_key: str
    image_key: str
    split: str
    source_digest: str
    stored_digest: str
    laterality: str
    view: str
    site: str
    spacing_mm: float | None
    label: str
    report: str
    details: Mapping[str, Any]
    renditions: Sequence[NewRendition]
    spacing_plane: str = ""


def ensure_classes(session: Session, names: Sequence[str] = DEFAULT_CLASSES) -> list[str]:
    """Return the names of the project's classes in their order, made first where there are none.

    Args:
        session: an open unit of work.
        names: the classes to make in a project without any.
    """
    if not session.scalar(select(func.count(LabelClass.id))):
        session.add_all(LabelClass(name=name, position=i) for i, name in enumerate(names))
        session.flush()
    return list(session.scalars(select(LabelClass.name).order_by(LabelClass.position)))


def known_digests(session: Session, run_id: int, digests: Collection[str]) -> set[str]:
    """Return which of some source files are registered, or were kept out by this very run."""
    images = select(Image.source_digest).where(Image.source_digest.in_(digests))
    kept_out = select(QuarantinedFile.digest).where(
        QuarantinedFile.digest.in_(digests), QuarantinedFile.run_id == run_id
    )
    return {*session.scalars(images), *session.scalars(kept_out)}


def known_patients(session: Session, keys: Iterable[str]) -> set[str]:
    """Return which of some patients are registered already, asked in portions."""
    wanted = sorted(set(keys))
    found: set[str] = set()
    for start in range(0, len(wanted), 1000):
        portion = wanted[start : start + 1000]
        found.update(session.scalars(select(Patient.key).where(Patient.key.in_(portion))))
    return found


def register(session: Session, arrival: Arrival) -> bool:
    """Register a film with its patient, study and renditions; doing it again changes nothing.

    A patient who is known keeps the split drawn first. A missing report or site is filled in.

    Args:
        session: an open unit of work.
        arrival: the film.

    Returns:
        False where the same file, or an image of the same key, is there already.
    """
    session.execute(delete(QuarantinedFile).where(QuarantinedFile.digest == arrival.source_digest))
    same = (Image.source_digest == arrival.source_digest) | (Image.key == arrival.image_key)
    existing = session.scalars(select(Image).where(same)).first()
    if existing is not None:
        fill_missing(session, existing.source_digest, arrival.report, arrival.site)
        return False
    patient = _patient(session, arrival)
    study = _study(session, patient, arrival)
    image = _image(session, patient, study, arrival)
    session.add_all(
        Rendition(image_id=image.id, **vars(rendition)) for rendition in arrival.renditions
    )
    session.flush()
    return True


def fill_missing(session: Session, source_digest: str, report: str, site: str) -> None:
    """Give a registered file its site, and its study the report, where it has none yet."""
    if site:
        image = select(Image.id).where(Image.source_digest == source_digest, Image.site == "")
        for table, its_image in ((PseudoLabel, PseudoLabel.image_id), (Image, Image.id)):
            nameless = update(table).where(its_image.in_(image.scalar_subquery()))
            session.execute(nameless.values(site=site))
    if report:
        study = select(Image.study_id).where(Image.source_digest == source_digest)
        session.execute(
            update(Study)
            .where(Study.id.in_(study.scalar_subquery()), Study.report.is_(None))
            .values(report=report)
        )


def fill_report_of_study(session: Session, keys: Collection[str], report: str) -> bool:
    """Give a study its report, where it has none yet.

    Args:
        session: an open unit of work.
        keys: what the study may be called.
        report: the text.

    Returns:
        Whether these keys name exactly one study; if not, the text went nowhere.
    """
    studies = session.scalars(select(Study).where(Study.key.in_(keys))).all()
    if len(studies) != 1:
        return False
    studies[0].report = studies[0].report or report
    return True


def quarantine(
    session: Session, run_id: int, path: str, digest: str, reason: errors.CondyleError
) -> None:
    """Record a file that could not be imported; a second time only the newest reason is kept.

    Args:
        session: an open unit of work.
        run_id: the import.
        path: where it was, relative to what was imported.
        digest: SHA-256 of the file.
        reason: what was wrong and what to do.
    """
    file = session.scalar(select(QuarantinedFile).where(QuarantinedFile.digest == digest))
    if file is None:
        file = QuarantinedFile(digest=digest)
        session.add(file)
    file.run_id, file.path, file.at = run_id, path, now()
    file.what, file.do = reason.what, reason.do
    session.flush()


def imported_since(session: Session, moment: datetime) -> int:
    """Return how many images were registered at or after a moment."""
    counted = select(func.count(Image.id)).where(Image.imported_at >= moment)
    return session.scalar(counted) or 0


def quarantined(session: Session, run_id: int) -> int:
    """Return how many files an import has kept out."""
    counted = select(func.count(QuarantinedFile.id)).where(QuarantinedFile.run_id == run_id)
    return session.scalar(counted) or 0


def archive_size(session: Session) -> dict[str, int]:
    """Return how many patients and studies there are."""
    return {
        "patients": session.scalar(select(func.count(Patient.id))) or 0,
        "studies": session.scalar(select(func.count(Study.id))) or 0,
    }


def _patient(session: Session, arrival: Arrival) -> Patient:
    found = session.scalar(select(Patient).where(Patient.key == arrival.patient_key))
    if found is None:
        found = Patient(key=arrival.patient_key, split=arrival.split)
        session.add(found)
        session.flush()
    return found


def _study(session: Session, patient: Patient, arrival: Arrival) -> Study:
    same = (Study.patient_id == patient.id) & (Study.key == arrival.study_key)
    found = session.scalar(select(Study).where(same))
    if found is None:
        found = Study(patient_id=patient.id, key=arrival.study_key, report=None)
        session.add(found)
    found.report = found.report or arrival.report or None
    session.flush()
    return found


def _image(session: Session, patient: Patient, study: Study, arrival: Arrival) -> Image:
    viewer = next(one for one in arrival.renditions if one.kind == "viewer")
    label = select(LabelClass.id).where(LabelClass.name == arrival.label)
    image = Image(
        study_id=study.id,
        patient_id=patient.id,
        key=arrival.image_key,
        source_digest=arrival.source_digest,
        stored_digest=arrival.stored_digest,
        laterality=arrival.laterality,
        view=arrival.view,
        site=arrival.site,
        width=viewer.width,
        height=viewer.height,
        spacing_mm=arrival.spacing_mm,
        spacing_plane=arrival.spacing_plane,
        given_class_id=session.scalar(label) if arrival.label else None,
        details=dict(arrival.details),
    )
    session.add(image)
    session.flush()
    return image
