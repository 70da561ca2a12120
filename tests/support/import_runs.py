"""Imports as tests run them: for real, in this process, from archives made here."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow
from sqlalchemy import select

from app.db.archive import Image, Patient, Rendition
from app.db.engine import Database
from app.db.learning import Run
from app.db.work import Part
from app.runs import rules as runs
from app.settings import Settings
from worker import decode_kinds, parts, progress
from worker.progress import Execute
from worker.table import tasks_of


def run_import(database: Database, settings: Settings, **parameters: Any) -> Run:
    """Request and carry out an import in this process; return its row."""
    asked = {"manifest": None, "reports": None, "validation_patients": None, "rng": 0}
    asked |= {key: _plain(value) for key, value in parameters.items()}
    with database.begin() as session:
        run_id = runs.request(session, "import", asked).id
    return carry_out(database, settings, run_id, decode_kinds.KINDS)


def carry_out(
    database: Database, settings: Settings, run_id: int, kinds: Mapping[str, Execute]
) -> Run:
    """Plan a run, do its parts one after the other and close it; one without parts is just done."""
    progress.execute(database, settings, run_id, kinds)
    with database() as session:
        waiting = session.scalars(select(Part.id).where(Part.run_id == run_id)).all()
    for part_id in waiting:
        parts.execute(database, settings, part_id, tasks_of(kinds))
    if waiting:
        progress.execute(database, settings, run_id, kinds)
    with database() as session:
        return runs.find(session, run_id)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [str(path) for path in value]
    return str(value) if isinstance(value, Path) else value


def picture(path: Path, seed: int, size: int = 40) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (size, size)).astype(np.uint8)
    Pillow.fromarray(noise).save(path)
    return path


def archive(folder: Path, patients: int, columns: str = "", cells: str = "") -> Path:
    """Two pictures of each patient and their manifest."""
    lines = [f"file,patient_id{columns}"]
    for number in range(2 * patients):
        picture(folder / f"{number}.png", number)
        lines.append(f"{number}.png,p{number // 2}{cells}")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return folder


def contents(database: Database) -> list[tuple[str, ...]]:
    """Everything an import decides, without row numbers and times."""
    with database() as session:
        rows = session.execute(
            select(
                Patient.key,
                Patient.split,
                Image.key,
                Image.source_digest,
                Image.stored_digest,
                Rendition.kind,
                Rendition.digest,
            )
            .join(Image, Image.patient_id == Patient.id)
            .join(Rendition, Rendition.image_id == Image.id)
        )
        return sorted(tuple(row) for row in rows)


def splits(database: Database) -> dict[str, str]:
    with database() as session:
        return dict(session.execute(select(Patient.key, Patient.split)).all())  # type: ignore[arg-type]


def assert_every_stored_file_is_whole(settings: Settings) -> None:
    for path in (settings.home / "store").glob("??/??/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
