"""What the archive holds, counted, and what could not be imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient, QuarantinedFile, Study
from app.db.privacy import HeldFilm

SHOWN = 200


@dataclass(frozen=True)
class Totals:
    """Patients, studies and images, in all and by split.

    Attributes:
        patients: {split: patients}.
        images: {split: images}.
        studies: how many studies there are.
        reports: how many of them have a report.
        quarantined: how many files could not be imported.
        nameless: how many of the patients stand for one study, as their films name nobody.
    """

    patients: dict[str, int]
    images: dict[str, int]
    studies: int
    reports: int
    quarantined: int
    nameless: int


def totals(session: Session) -> Totals:
    """Count the archive."""
    of_patients = select(Patient.split, func.count()).group_by(Patient.split)
    of_images = select(Patient.split, func.count()).join(Image, Image.patient_id == Patient.id)
    studies, reports = session.execute(
        select(func.count(), func.count(Study.report)).select_from(Study)
    ).one()
    return Totals(
        patients=_by_split(session.execute(of_patients).all()),
        images=_by_split(session.execute(of_images.group_by(Patient.split)).all()),
        studies=studies,
        reports=reports,
        quarantined=session.scalar(select(func.count()).select_from(QuarantinedFile)) or 0,
        nameless=session.scalar(select(func.count()).where(Patient.nameless)) or 0,
    )


def quarantine(session: Session) -> Sequence[QuarantinedFile]:
    """Return the files that could not be imported last, newest first, `SHOWN` at most."""
    return session.scalars(
        select(QuarantinedFile).order_by(QuarantinedFile.id.desc()).limit(SHOWN)
    ).all()


def imported_since(session: Session, moment: datetime) -> int:
    """Return how many films were registered at or after a moment, but for those that were held.

    These arrived with the import that held them, whenever they are released.
    """
    held = select(HeldFilm.source_digest)
    counted = select(func.count(Image.source_digest.distinct()))
    here = counted.where(Image.imported_at >= moment, Image.source_digest.not_in(held))
    return session.scalar(here) or 0


def nameless_since(session: Session, moment: datetime) -> int:
    """Return of how many studies registered since a moment nobody knows whose they are."""
    counted = select(func.count(Patient.id.distinct())).join(Image)
    return session.scalar(counted.where(Patient.nameless, Image.imported_at >= moment)) or 0


def archive_size(session: Session) -> dict[str, int]:
    """Return how many patients and studies there are."""
    return {
        "patients": session.scalar(select(func.count(Patient.id))) or 0,
        "studies": session.scalar(select(func.count(Study.id))) or 0,
    }


def _by_split(rows: Sequence[Row[str, int]]) -> dict[str, int]:
    return {"development": 0, "validation": 0} | dict(rows)
