"""The real knees for the benches: films, labels, the locked validation patients, seed draws.

The validation patients are those of `condyle round --rng 0`. No choice of a recipe is made on them:
`bench/recipes.py` draws its test patients among the others.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.statistics.splits import draw_validation
from models.film import Film

KNEES = Path(__file__).parents[1] / "../shared/data/knee"
CLASSES = ("normal", "abnormal", "arthroplasty")
VALIDATION_PATIENTS = 637
Row = dict[str, str]


def are_here() -> bool:
    """Whether the knees are on this machine; says so where they are not."""
    here = KNEES.exists()
    if not here:
        print("The real knees are not on this machine; nothing is measured.")
    return here


def read(manifest: Path = KNEES / "manifest.csv") -> list[Row]:
    """Return a manifest's rows."""
    with manifest.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def locked(rows: Sequence[Row]) -> set[str]:
    """Return the locked validation patients."""
    return draw_validation([row["patient_id"] for row in rows], VALIDATION_PATIENTS, 0)


def of_patients(rows: Sequence[Row], patients: set[str], *, inside: bool = True) -> list[Row]:
    """Return the rows whose patient is one of these, or with `inside=False` none of them."""
    return [row for row in rows if (row["patient_id"] in patients) == inside]


def films(rows: Sequence[Row]) -> list[Film]:
    """Return what a labeler may see of rows; the report only where the manifest has one."""
    return [
        Film(KNEES / row["file"], row.get("report"), row["patient_id"], row["laterality"])
        for row in rows
    ]


def labels(rows: Sequence[Row]) -> NDArray[np.int64]:
    """Return the positions of the rows' classes, (n,)."""
    return np.array([CLASSES.index(row["label"]) for row in rows], np.int64)
