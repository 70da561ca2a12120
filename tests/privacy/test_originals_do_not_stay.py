"""Originals leave with the import that read them, however it ended; an admin's own folder stays."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from support import import_runs
from support.import_runs import archive

from app.db.archive import Image
from app.db.engine import Database
from app.db.learning import Run
from app.imports import uploads
from app.imports.tally import Tally
from app.runs import leavings
from app.runs import rules as runs
from app.runs.results import ImportResult
from app.settings import Settings
from worker import import_files, outcomes, progress

Close = Callable[[progress.Running[Any]], ImportResult]


def upload(settings: Settings, tmp_path: Path) -> Path:
    """An upload of a zip with films and of a film beside it, as the page makes one."""
    settings.home.mkdir(exist_ok=True)
    folder = uploads.folder_of(settings.home, uploads.begin(settings, Tally(0, 0)))
    shutil.make_archive(str(folder / "Doe^Jane"), "zip", archive(tmp_path / "in", 2))
    return folder


def wanted(database: Database, folder: Path) -> int:
    with database.begin() as session:
        return runs.request(session, "import", {"paths": [str(folder.resolve())], "rng": 0}).id


def carry_out(
    database: Database, settings: Settings, run_id: int, close: Close = import_files.close
) -> Run:
    """Carry out an import that ends as it is told to."""
    kind = replace(import_files.IN_PARTS, close=close)
    return import_runs.carry_out(database, settings, run_id, {"import": kind})


def left(settings: Settings) -> list[str]:
    """Every file of uploads and runs."""
    folders = (settings.home / "uploads", settings.home / "runs")
    return [str(path) for folder in folders for path in folder.rglob("*") if path.is_file()]


def full_disk(running: progress.Running[Any]) -> ImportResult:
    import_files.close(running)
    raise OSError(28, os.strerror(28))


def mistaken(running: progress.Running[Any]) -> ImportResult:
    import_files.close(running)
    raise ZeroDivisionError


def cancelled(running: progress.Running[Any]) -> ImportResult:
    import_files.close(running)
    raise outcomes.Cancelled


@pytest.mark.parametrize(
    ("close", "status"),
    [
        (import_files.close, "succeeded"),
        (full_disk, "failed"),
        (mistaken, "failed"),
        (cancelled, "cancelled"),
    ],
)
def test_nothing_is_left_of_an_upload_however_its_import_ends(
    database: Database, settings: Settings, tmp_path: Path, close: Close, status: str
) -> None:
    folder = upload(settings, tmp_path)
    run = carry_out(database, settings, wanted(database, folder), close)
    assert run.status == status
    assert left(settings) == []
    assert not folder.exists()
    assert set(run.parameters) & set(leavings.NAMES) == set()
    with database() as session:
        assert session.scalar(select(func.count(Image.id))) == 4


def test_a_folder_of_the_admins_own_is_not_touched(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(settings.home / "inbox" / "films", 2)
    before = sorted(path.name for path in folder.iterdir())
    run = carry_out(sqlite_database, settings, wanted(sqlite_database, folder))
    assert run.status == "succeeded"
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_run_killed_while_its_files_were_removed_ends_as_it_would_have(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = wanted(sqlite_database, upload(settings, tmp_path))

    def killed(self: progress.Running, status: str, **outcome: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(progress.Running, "finish", killed)
    hasty = settings.model_copy(update={"run_lease_seconds": 0.05})
    with pytest.raises(KeyboardInterrupt):
        carry_out(sqlite_database, hasty, run_id)
    monkeypatch.undo()
    assert not list((settings.home / "uploads").iterdir())
    time.sleep(0.06)  # the lease of the dead worker runs out
    run = carry_out(sqlite_database, settings, run_id)
    assert (run.status, run.result["imported"], run.attempts) == ("succeeded", 4, 2)
    assert left(settings) == []


def test_a_run_that_was_killed_half_way_still_finds_its_files(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    run_id = wanted(sqlite_database, upload(settings, tmp_path))

    def killed(running: progress.Running[Any]) -> ImportResult:
        import_files.close(running)
        raise KeyboardInterrupt

    hasty = settings.model_copy(update={"run_lease_seconds": 0.05})
    with pytest.raises(KeyboardInterrupt):
        carry_out(sqlite_database, hasty, run_id, killed)
    leavings.tidy(sqlite_database, settings.home)
    time.sleep(0.06)
    run = carry_out(sqlite_database, settings, run_id)
    assert (run.status, run.result["imported"]) == ("succeeded", 4)


def test_an_import_cancelled_before_it_began_leaves_nothing(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    run_id = wanted(sqlite_database, upload(settings, tmp_path))
    with sqlite_database.begin() as session:
        runs.cancel(session, run_id)
    leavings.tidy(sqlite_database, settings.home)
    assert left(settings) == []
