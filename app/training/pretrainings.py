"""Weights that learned from films without labels, for trainings to start from."""

import random
from itertools import accumulate
from pathlib import PurePath

from sqlalchemy import func, select
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

    Args:
        session: an open unit of work.
        run_id: a run that has been begun.

    Returns:
        The run, whose result says of how many `films` a `network` learned, and the digest of its
        `weights` in the store; None where there was none.
    """
    return next(iter(runs.succeeded_before(session, "pretrain", run_id)), None)


def used_by(session: Session, version: ModelVersion) -> list[Run]:
    """Return the pretraining a model version's networks started from, if any, as a list."""
    weights = PurePath(version.recipe.get("weights", "")).name
    ended = session.scalars(select(Run).where(Run.kind == "pretrain", Run.status == "succeeded"))
    return [run for run in ended if run.result["weights"] == weights]
