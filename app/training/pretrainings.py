"""Weights that learned from films without labels, for trainings to start from."""

import random
from itertools import accumulate
from pathlib import PurePath

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import Image, Patient, unique_name
from app.db.learning import ModelVersion, Run
from app.runs import rules as runs


def refuse_where_weights_are_set(weights: str) -> None:
    """Refuse to pretrain where trainings start from other weights anyway.

    Args:
        weights: the setting.

    Raises:
        errors.Refused: it is not empty.
    """
    if weights:
        raise errors.Refused(
            "Trainings start from the weights that are set, so these would not be used.",
            "CONDYLE_WEIGHTS",
            "Empty this setting and restart, or train as it is.",
        )


def patients(session: Session, most_films: int, rng: int) -> list[str]:
    """Return the unique names of the development patients to learn from, in a random order.

    The locked validation patients' films are not even looked at without their labels.

    Args:
        session: an open unit of work.
        most_films: how many films they may have together; of more, patients are drawn.
        rng: the seed of the draw.
    """
    name = unique_name(Patient).label("name")
    counted = select(name, func.count()).join(Image, Image.patient_id == Patient.id)
    counted = counted.where(Patient.split == "development").group_by(Patient.id)
    rows = list(session.execute(counted.order_by(name)))
    random.Random(rng).shuffle(rows)
    together = accumulate(films for _, films in rows)
    return [key for (key, _), films in zip(rows, together, strict=True) if films <= most_films]


def before(session: Session, run_id: int) -> Run | None:
    """Return the newest pretraining that had ended when a run was begun.

    A pretraining that ends later changes nothing in a run, so that both classifiers of a run start
    alike and a run taken up again goes on as it began.

    Args:
        session: an open unit of work.
        run_id: a run that has been begun.

    Returns:
        The run, whose result says of how many `films` a `network` learned, and the digest of its
        `weights` in the store; None where there was none.
    """
    begun = runs.find(session, run_id).started_at
    ended = _succeeded().where(Run.finished_at <= begun)
    return session.scalar(ended.order_by(Run.finished_at.desc()).limit(1))


def used_by(session: Session, version: ModelVersion) -> list[Run]:
    """Return the pretraining a model version's networks started from, if any, as a list."""
    weights = PurePath(version.recipe.get("weights", "")).name
    return [run for run in session.scalars(_succeeded()) if run.result["weights"] == weights]


def _succeeded() -> Select[Run]:
    return select(Run).where(Run.kind == "pretrain", Run.status == "succeeded")
