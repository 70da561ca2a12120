"""Imports to measure: films of each import's own, asked for and followed to their end."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image as Picture
from sqlalchemy import select

from app.db.engine import Database, read_only
from app.db.learning import Run
from app.db.work import Part
from app.runs import doorbell, rules
from app.runs.kinds import IMPORT
from app.settings import Settings
from bench import _sweeps

SIZE = 96
"""Pixels of a side: it is the rows that are at stake, not the decoding."""


def small_films(folder: Path, count: int, name: str) -> Path:
    """Write small films and their manifest: two of each patient, a report for each study.

    Args:
        folder: where to; made.
        count: how many.
        name: of the delivery; no two have a film, a patient or a report in common.
    """
    folder.mkdir(parents=True)
    noise = np.random.default_rng(list(name.encode()))
    with (folder / "manifest.csv").open("w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file", "patient_id", "study_id", "report"])
        for number in range(count):
            pixels = noise.integers(0, 256, (SIZE, SIZE), dtype=np.uint8)
            Picture.fromarray(pixels).save(folder / f"{number}.png")
            patient = f"{name}-{number // 2}"
            manifest.writerow([f"{number}.png", patient, patient, f"Report of {patient}."])
    return folder


def ask(database: Database, settings: Settings, folder: Path) -> Run:
    """Ask for an import of a folder, and tell the workers."""
    with database.begin() as session:
        run = rules.request(session, IMPORT, {"paths": [str(folder.absolute())], "rng": 0})
    doorbell.ring(run, settings)
    return run


def wait_for(database: Database, run: Run) -> Run:
    """Wait for an import's end; return its row."""
    _sweeps.wait_until(lambda: bool(_sweeps.run_of(database, run.id).finished_at))
    ended = _sweeps.run_of(database, run.id)
    assert ended.status == "succeeded", ended.failure
    return ended


def owners(database: Database) -> set[str]:
    """Return the processes that have parts in their hands."""
    with read_only(database) as session:
        found = session.scalars(select(Part.owner).where(Part.owner.is_not(None)))
        return {owner.split("-")[0] for owner in found if owner}
