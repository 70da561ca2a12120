"""Films and manifests as practices deliver them, each with pixels of its own."""

import csv
from pathlib import Path

import numpy as np
from files import bad_films
from pydicom.dataset import Dataset
from support.import_runs import picture

from app.db.learning import Run

NUMBER = iter(range(1, 10**6))


FATES = ("imported", "already_there", "quarantined")


def fates(run: Run) -> tuple[int, ...]:
    return tuple(run.result[fate] for fate in FATES)


def film(**attributes: object) -> Dataset:
    """A film of its own: other pixels, study and instance."""
    number = next(NUMBER)
    pixels = np.random.default_rng(number).integers(0, 4095, 64 * 48).astype("<u2").tobytes()
    own = {
        "StudyInstanceUID": f"1.9.{number}",
        "SOPInstanceUID": f"1.9.{number}.1",
        "PixelData": pixels,
    }
    return bad_films.good(**own | attributes)


def write(folder: Path, *films: Dataset) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for each in films:
        (folder / f"{each.SOPInstanceUID}.dcm").write_bytes(bad_films.as_file(each))
    return folder


def manifest(folder: Path, header: str, *lines: str) -> Path:
    """A manifest, and a picture of its own for each file it names that is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.csv").write_text("\n".join([header, *lines]) + "\n")
    for row in csv.DictReader([header, *lines]):
        if not (folder / row["file"]).exists():
            picture(folder / row["file"], next(NUMBER))
    return folder
