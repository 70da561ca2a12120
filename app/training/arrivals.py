"""Films that have arrived and that no sweep has read yet: which they are, and how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db.archive import Image, Patient, Study
from app.db.arrivals import ArrivalRead, ArrivedFilm
from app.db.reading import ReferenceLabel
from app.training.rules import TrainingFilm, every_film, film_of_row, is_predicted, to_sweep


@dataclass(frozen=True)
class Wanted:
    """Which arrived films are to be read.

    Attributes:
        sweep_id: the sweep that they join: what it has predicted already is not among them.
        first_import: of those that took them in.
        last_import: of these, too.
        with_report: whether a film without a report is left out.
    """

    sweep_id: int
    first_import: int
    last_import: int
    with_report: bool = False


def count(session: Session, wanted: Wanted) -> int:
    """Count the films that are to be read."""
    images = select(func.count()).select_from(Image)
    images = images.join(Patient, Patient.id == Image.patient_id)
    images = images.join(Study, Study.id == Image.study_id)
    images = images.outerjoin(ReferenceLabel, ReferenceLabel.image_id == Image.id)
    return session.scalar(_narrowed(images, wanted)) or 0


def to_read(session: Session, wanted: Wanted, after: int, limit: int) -> list[TrainingFilm]:
    """Return the next films that are to be read, in the order of the images.

    Args:
        session: an open unit of work.
        wanted: which.
        after: only images with a greater id.
        limit: how many at most.
    """
    films = _narrowed(every_film(), wanted).where(Image.id > after).limit(limit)
    return [film_of_row(row[:-1], None) for row in session.execute(films)]


def read_lately(
    session: Session, limit: int, but: Sequence[TrainingFilm] = ()
) -> list[TrainingFilm]:
    """Return the films that were read on arrival last.

    Args:
        session: an open unit of work.
        limit: how many at most.
        but: films that are left out.
    """
    newest = select(ArrivalRead.image_id).order_by(ArrivalRead.id.desc()).limit(limit)
    wanted = set(session.scalars(newest)) - {film.image_id for film in but}
    films = every_film().where(Image.id.in_(wanted))
    return [film_of_row(row[:-1], None) for row in session.execute(films)]


def _narrowed(images: Select[Any], wanted: Wanted) -> Select[Any]:
    brought = aliased(Image)
    of_imports = brought.run_id.between(wanted.first_import, wanted.last_import)
    first = select(func.min(brought.id)).where(of_imports).scalar_subquery()
    which: list[ColumnElement[bool]] = [
        Image.id >= first,  # else all that came before would be gone through
        Image.run_id.between(wanted.first_import, wanted.last_import),
        exists().where(ArrivedFilm.digest == Image.source_digest),
        to_sweep(),
        ReferenceLabel.class_id.is_(None),
        ~is_predicted(wanted.sweep_id),
    ]
    if wanted.with_report:
        which.append(Study.report.is_not(None))
    return images.where(*which)
