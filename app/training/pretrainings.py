"""Weights that learned from films without labels, for trainings to start from."""

import random
from itertools import accumulate
from pathlib import PurePath

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient
from app.db.conditions import excluded
from app.db.learning import ModelVersion, Run
from app.db.unique_names import unique_name
from app.runs import rules as runs
from app.runs.kinds import PRETRAIN
from app.runs.results import PretrainResult


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
    counted = counted.where(Patient.split == "development", ~excluded(Image.id))
    counted = counted.group_by(Patient.id)
    rows = list(session.execute(counted.order_by(name)))
    random.Random(rng).shuffle(rows)
    together = accumulate(films for _, films in rows)
    return [key for (key, _), films in zip(rows, together, strict=True) if films <= most_films]


def before(session: Session, run_id: int) -> PretrainResult | None:
    """Return the newest pretraining that had ended when a run was begun.

    Args:
        session: an open unit of work.
        run_id: a run that has been begun.

    Returns:
        What it has made; None where there was none.
    """
    ended = runs.succeeded_before(session, PRETRAIN, run_id)
    return PRETRAIN.result_of(ended[0]) if ended else None


def used_by(session: Session, version: ModelVersion) -> list[Run]:
    """Return the pretraining a model version's networks started from, if any, as a list."""
    weights = PurePath(version.recipe.get("weights", "")).name
    ended = session.scalars(runs.succeeded(PRETRAIN))
    return [run for run in ended if PRETRAIN.result_of(run).weights == weights]
