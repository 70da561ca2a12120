"""From rows of the archive to the films `models` learns from."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.imaging.storage import Store
from app.training.rules import TrainingFilm
from models.film import Film, Place
from worker.progress import Running

KEPT = "films"
"""In the home folder. All of it may be removed at any time: it is made again."""
SPARE = 2
"""Times the reserve of the disk that must be free for films to be kept."""


def films(rows: Iterable[TrainingFilm], store: Store, kept: Path | None = None) -> list[Film]:
    """Return the films of rows: where the pixels lie, the report, and whose they are.

    Args:
        rows: of the archive.
        store: where their renditions are.
        kept: the folder of what networks see of them, `kept_in`; None decodes them each time.
    """
    return [
        Film(
            store.later(row.digest),
            row.report,
            row.patient,
            row.laterality,
            row.source,
            Place(kept, row.image_id, row.digest) if kept else None,
        )
        for row in rows
    ]


def kept_in(running: Running[Any]) -> Path | None:
    """Return where films are kept between runs; None while the disk has no room to spare."""
    home = running.settings.home
    reserve = running.settings.disk_reserve_mb * 2**20
    return home / KEPT if shutil.disk_usage(home).free > SPARE * reserve else None


def labels(rows: Sequence[TrainingFilm]) -> np.ndarray:
    """Return the class index of each labelled row, int64 of shape (n,)."""
    return np.array([row.class_index for row in rows], dtype=np.int64)


def size_of(rows: Sequence[TrainingFilm]) -> str:
    """Return how much there is to learn from, in words."""
    patients = len({row.patient for row in rows})
    return f"{len(rows):,} films of {patients:,} patients"
