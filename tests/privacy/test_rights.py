"""Home, database, store and uploads are the owner's alone, from whichever door one comes in."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url
from support.import_runs import archive

from app import privacy
from app.db.engine import migrate
from app.doctor import examine
from app.settings import Settings


def open_files(folder: Path) -> list[str]:
    """Everything in and including a folder that the group or others have a right to."""
    found = [folder, *folder.rglob("*")]
    return [str(path) for path in found if stat.S_IMODE(path.lstat().st_mode) & 0o077]


def test_what_an_import_from_the_command_line_writes_is_the_owners_alone(tmp_path: Path) -> None:
    films = archive(tmp_path / "films", 2)
    settings = Settings(home=tmp_path / "new" / "home", queues="decode", processes=1)
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "import", str(films), "--wait"],
        env=os.environ | settings.as_environment(),
        preexec_fn=lambda: os.umask(0) and None,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert list((settings.home / "store").glob("??/??/*"))
    assert open_files(tmp_path / "new") == []


def test_a_home_left_open_is_named_by_the_doctor_and_shut_at_the_next_start(
    settings: Settings,
) -> None:
    old = os.umask(0o022)
    try:
        (settings.home / "uploads").mkdir(parents=True)
        migrate(settings.resolved_database_url)
        words = " ".join(finding.words for finding in examine(settings) if not finding.good)
        for name in ("home", "uploads", "condyle.sqlite3"):
            assert name in words
        privacy.keep_to_the_owner(settings)
    finally:
        os.umask(old)
    assert open_files(settings.home) == []
    assert not any("may open" in finding.words for finding in examine(settings))


@pytest.mark.parametrize("end", privacy.BESIDE)
def test_a_database_outside_of_the_home_folder_is_shut_too(
    settings: Settings, tmp_path: Path, end: str
) -> None:
    settings.database_url = f"sqlite:///{tmp_path}/elsewhere/condyle.sqlite3"
    path = Path(f"{make_url(settings.database_url).database}{end}")
    path.parent.mkdir()
    path.touch(0o644)
    path.chmod(0o644)
    assert privacy.open_to_others(settings) == [path]
    old = os.umask(0o022)
    try:
        privacy.keep_to_the_owner(settings)
    finally:
        os.umask(old)
    assert open_files(path) == []
