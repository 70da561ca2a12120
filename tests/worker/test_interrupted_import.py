"""An import that is interrupted: by a full disk, by a person, by kill -9. Nothing is lost."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from support.import_runs import (
    archive,
    assert_every_stored_file_is_whole,
    carry_out,
    contents,
    run_import,
    splits,
)

from app.db.archive import Image
from app.db.engine import Database
from app.runs import rules as runs
from app.settings import Settings
from worker import decode_kinds, import_files
from worker.decode_files import FileDecoder


def test_a_full_disk_stops_the_import_and_keeps_what_is_whole(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = archive(tmp_path / "in", 60)
    fsync, written = os.fsync, []

    def filling_up(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 160:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", filling_up)
    run = run_import(sqlite_database, settings, paths=[folder])
    assert run.status == "failed"
    assert run.failure is not None
    assert "disk is full" in run.failure["what"]
    assert_every_stored_file_is_whole(settings)
    partly = contents(sqlite_database)
    films = len({digest for *_, digest, _, _, _ in partly})
    assert films
    assert not films % import_files.BATCH

    monkeypatch.undo()
    again = run_import(sqlite_database, settings, paths=[folder])
    assert again.result["imported"] == 120 - films
    assert set(partly) <= set(contents(sqlite_database))


def test_an_import_stops_before_it_fills_the_disk(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 1)
    careful = settings.model_copy(update={"disk_reserve_mb": 2**40})
    run = run_import(sqlite_database, careful, paths=[folder])
    assert run.status == "failed"
    assert run.failure is not None
    assert run.failure["where"] == "CONDYLE_DISK_RESERVE_MB"
    assert contents(sqlite_database) == []
    assert run_import(sqlite_database, settings, paths=[folder]).result["imported"] == 2


def test_a_cancelled_import_stops_at_a_film(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = archive(tmp_path / "in", 100)
    with sqlite_database.begin() as session:
        run_id = runs.request(session, "import", {"paths": [str(folder)], "rng": 0}).id

    decode = FileDecoder.decoded

    def cancelled_meanwhile(decoder: FileDecoder, batch: Any) -> Any:
        with sqlite_database.begin() as session:
            runs.cancel(session, run_id)
        time.sleep(0.5)  # the part hears of it with its next beat
        return decode(decoder, batch)

    monkeypatch.setattr(FileDecoder, "decoded", cancelled_meanwhile)
    quick = settings.model_copy(update={"run_lease_seconds": 1.0})
    run = carry_out(sqlite_database, quick, run_id, decode_kinds.KINDS)
    assert run.status == "cancelled"
    assert contents(sqlite_database) == []


def test_a_killed_import_goes_on_and_ends_as_if_it_had_not_been(
    sqlite_database: Database, sqlite_url: str, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 90)
    with sqlite_database.begin() as session:
        asked = {"paths": [str(folder)], "validation_patients": 40, "rng": 0}
        run_id = runs.request(session, "import", asked).id
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, sqlite_url, str(settings.home), str(run_id)],
        cwd=Path(__file__).parents[2],
    )
    _wait_for_images(sqlite_database, 50)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with sqlite_database() as session:
        assert runs.find(session, run_id).status == "running"
        assert (session.scalar(select(func.count(Image.id))) or 0) < 180

    time.sleep(1.1)  # the lease of the dead worker runs out
    run = carry_out(sqlite_database, settings, run_id, decode_kinds.KINDS)
    assert run.status == "succeeded", run.failure
    assert run.result["imported"] == 180
    drawn = splits(sqlite_database)
    assert len(drawn) == 90
    assert list(drawn.values()).count("validation") == 40
    assert len(contents(sqlite_database)) == 360
    assert_every_stored_file_is_whole(settings)


_WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from support.import_runs import carry_out
from app.db.engine import open_database
from app.settings import Settings
from worker import decode_kinds
settings = Settings(home=Path(sys.argv[2]), run_lease_seconds=1)
carry_out(open_database(sys.argv[1]), settings, int(sys.argv[3]), decode_kinds.KINDS)
"""


def _wait_for_images(database: Database, count: int) -> None:
    for _ in range(600):
        with database() as session:
            if (session.scalar(select(func.count(Image.id))) or 0) >= count:
                return
        time.sleep(0.02)
    raise AssertionError("the import did not get going")
