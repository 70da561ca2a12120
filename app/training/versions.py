"""Registered model versions, as the runs that make and use them see them."""

import hashlib
from array import array
from collections.abc import Iterable

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app import errors
from app.db.learning import ModelVersion, TrainedOn
from app.runs.results import TrainedModel
from app.training import seen_films
from app.training.rules import TrainingFilm

WORDS = {
    "labeler": "labeler",
    "baseline": "baseline classifier",
    "final": "final classifier",
}


def register(session: Session, version: ModelVersion, lots: Iterable[int] = ()) -> ModelVersion:
    """Add a model version, with the lots it was trained on; the same run and role once only.

    Args:
        session: a transaction of the run that trained it.
        version: the row, its checkpoint already in place.
        lots: ids of the lots whose accepted labels it learned from.

    Returns:
        The row there is now: the one an interrupted try of the same run left, if any.
    """
    made = made_by(session, version.run_id, version.role)
    if made is not None:
        return made
    session.add(version)
    session.flush()
    session.add_all(TrainedOn(model_id=version.id, lot_id=lot) for lot in lots)
    return version


def in_use(session: Session, role: str, version_id: int | None = None) -> ModelVersion:
    """Return a model version: the one named, else the promoted one, else the newest.

    Args:
        session: an open unit of work.
        role: `labeler`, `baseline` or `final`.
        version_id: the one wanted, None for the one in use.

    Raises:
        errors.Refused: there is none.
    """
    return _first(session, role, version_id, ModelVersion.promoted_at.is_(None))


def newest(session: Session, role: str, version_id: int | None = None) -> ModelVersion:
    """Return a model version: the one named, else the newest, promoted or not.

    Raises:
        errors.Refused: there is none.
    """
    return _first(session, role, version_id)


def _first(
    session: Session, role: str, version_id: int | None, *order: ColumnElement[bool]
) -> ModelVersion:
    versions = select(ModelVersion).where(ModelVersion.role == role)
    if version_id is not None:
        versions = versions.where(ModelVersion.id == version_id)
    version = session.scalar(versions.order_by(*order, ModelVersion.id.desc()).limit(1))
    if version is None:
        raise errors.Refused(
            f"There is no {WORDS[role]}" + (f" {version_id}." if version_id else " yet."),
            "",
            "Train one first.",
        )
    return version


def made_by(session: Session, run_id: int, role: str) -> ModelVersion | None:
    """Return the version a run made in a role, None where it has made none."""
    return session.scalar(
        select(ModelVersion).where(ModelVersion.run_id == run_id, ModelVersion.role == role)
    )


def new_folder(run_id: int, role: str) -> str:
    """Return where a run puts the checkpoint of a role, relative to the home folder."""
    return f"checkpoints/{run_id}-{role}"


def summary(version: ModelVersion) -> TrainedModel:
    """Return what a run's result says of a version it made."""
    return TrainedModel.model_validate(
        {"model_version": version.id, "role": version.role, "metrics": version.metrics}
    )


class TrainingDigest:
    """The name of a training set: a SHA-256 over image, class and origin of its films.

    The digests of the films are added up, so that it depends on no order. Of the films only their
    numbers are held.
    """

    def __init__(self) -> None:
        self._sum = 0
        self._images = array("q")

    def add(self, film: TrainingFilm, origin: str = "by hand") -> None:
        """Add a film.

        Args:
            film: its class counts where it has one.
            origin: of its label, `by hand` or what became of its pseudo-label.
        """
        label = "" if film.class_index is None else film.class_index
        row = hashlib.sha256(f"{film.image}\t{label}\t{origin}\n".encode())
        self._images.append(film.image_id)
        self._sum = (self._sum + int.from_bytes(row.digest())) % 2**256

    def films(self) -> str:
        """Return the images that were added, as `app.training.seen_films` packs them."""
        return seen_films.pack(self._images)

    def hexdigest(self) -> str:
        """Return the name of what was added."""
        return hashlib.sha256(self._sum.to_bytes(32)).hexdigest()


def by_hand(films: Iterable[TrainingFilm]) -> TrainingDigest:
    """Return the name of a training set of films that were labelled by hand."""
    whole = TrainingDigest()
    for film in films:
        whole.add(film)
    return whole
