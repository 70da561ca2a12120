"""How many films of the locked validation split an evaluation goes without."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient
from app.db.conditions import excluded, may_be_labelled
from app.db.reading import ReferenceLabel


def count_unread(session: Session) -> int:
    """Count the validation films that have no label and can have one."""
    films = _validation().outerjoin(ReferenceLabel, ReferenceLabel.image_id == Image.id)
    unread = ReferenceLabel.class_id.is_(None), may_be_labelled(Image.id)
    return session.scalar(films.where(*unread)) or 0


def count_excluded(session: Session) -> int:
    """Count the validation films that admins have excluded."""
    return session.scalar(_validation().where(excluded(Image.id))) or 0


def _validation() -> Select[Any]:
    films = select(func.count()).select_from(Image).join(Patient, Patient.id == Image.patient_id)
    return films.where(Patient.split == "validation")
