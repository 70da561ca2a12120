"""Weights that learned from films without labels, for trainings to start from."""

import random
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import Image, Patient
from app.db.learning import Run
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
    """Return the keys of the development patients to learn from, in a random order.

    The locked validation patients' films are not even looked at without their labels.

    Args:
        session: an open unit of work.
        most_films: how many films they may have together; of more, patients are drawn.
        rng: the seed of the draw.
    """
    counted = select(Patient.key, func.count()).join(Image, Image.patient_id == Patient.id)
    counted = counted.where(Patient.split == "development").group_by(Patient.key)
    rows = list(session.execute(counted.order_by(Patient.key)))
    random.Random(rng).shuffle(rows)
    together = accumulate(films for _, films in rows)
    return [key for (key, _), films in zip(rows, together, strict=True) if films <= most_films]


def before(session: Session, run_id: int) -> Mapping[str, Any] | None:
    """Return what the newest pretraining made that had ended when a run was begun.

    A pretraining that ends later changes nothing in a run, so that both classifiers of a run start
    alike and a run taken up again goes on as it began.

    Args:
        session: an open unit of work.
        run_id: a run that has been begun.

    Returns:
        `films`, how many; `network`, its name; `weights`, the digest of the file in the store.
        None where there was none.
    """
    begun = runs.find(session, run_id).started_at
    pretrained = select(Run.result).where(Run.kind == "pretrain", Run.status == "succeeded")
    pretrained = pretrained.where(Run.finished_at <= begun).order_by(Run.finished_at.desc())
    return session.scalar(pretrained.limit(1))
