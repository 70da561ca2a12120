"""What imports leave in the home folder and must not: uploads, unpacked zips, names of folders.

Originals carry names inside and outside. They stay while an import may still go on with them, and
no longer: they are removed at its end, and at each start of a worker where an end was cut short.
Films in a folder of the admin's own are never touched.
"""

import re
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.engine import Database, drop_traces, read_only
from app.db.learning import Run
from app.runs.kinds import IMPORT

OUTCOME = "outcome.json"
"""In a run's folder: how it ended. It holds no patient data."""
NAMES = ("paths", "manifest", "reports")
"""Parameters of an import that name files and folders, which may be called after a patient."""
UPLOAD = re.compile("[0-9a-f]{32}")


def remove_originals(home: Path, run: Run) -> None:
    """Remove the files an import read: its upload and what it unpacked, but for its outcome.

    Args:
        home: the home folder.
        run: the import.
    """
    for upload in uploads_among(home, IMPORT.parameters_of(run).paths):
        shutil.rmtree(home / "uploads" / upload, ignore_errors=True)
    folder = home / "runs" / str(run.id)
    for left in folder.iterdir() if folder.is_dir() else ():
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        elif left.name != OUTCOME:
            left.unlink(missing_ok=True)


def uploads_among(home: Path, paths: Collection[str]) -> set[str]:
    """Return the names of the uploads that some paths lie in."""
    uploads = (home / "uploads").resolve()
    found = set()
    for path in map(Path, paths):
        if path.is_relative_to(uploads) and path != uploads:
            found.add(path.relative_to(uploads).parts[0])
    return {name for name in found if UPLOAD.fullmatch(name)}


def forget_names(session: Session, run_id: int, parameters: dict[str, Any]) -> None:
    """Take the names of files and folders out of what an import was asked for."""
    kept = without_names(parameters)
    session.execute(update(Run).where(Run.id == run_id).values(parameters=kept))


def without_names(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked of a run but for the names of files and folders."""
    return {name: value for name, value in parameters.items() if name not in NAMES}


def tidy(database: Database, home: Path) -> None:
    """Remove what ended imports have left: cancelled before they began, or killed at their end."""
    with read_only(database) as session:
        ended = _ended(session)
    for run in ended:
        remove_originals(home, run)
        shutil.rmtree(home / "runs" / str(run.id), ignore_errors=True)
        with database.begin() as session:
            forget_names(session, run.id, run.parameters)
    if ended:
        drop_traces(database)


def _ended(session: Session) -> Sequence[Run]:
    imports = select(Run).where(Run.kind == IMPORT.name, Run.finished_at.is_not(None))
    return [run for run in session.scalars(imports) if any(map(run.parameters.get, NAMES))]
