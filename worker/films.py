"""From rows of the archive to the films `models` learns from."""

from collections.abc import Iterable, Sequence

import numpy as np

from app.imaging.storage import Store
from app.training.rules import TrainingFilm
from models.film import Film


def films(rows: Iterable[TrainingFilm], store: Store) -> list[Film]:
    """Return the films of rows: where the pixels lie, the report, and whose they are."""
    return [
        Film(store.later(row.digest), row.report, row.patient, row.laterality, row.source)
        for row in rows
    ]


def labels(rows: Sequence[TrainingFilm]) -> np.ndarray:
    """Return the class index of each labelled row, int64 of shape (n,)."""
    return np.array([row.class_index for row in rows], dtype=np.int64)


def size_of(rows: Sequence[TrainingFilm]) -> str:
    """Return how much there is to learn from, in words."""
    patients = len({row.patient for row in rows})
    return f"{len(rows):,} films of {patients:,} patients"
