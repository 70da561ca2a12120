"""`condyle receive` is killed while films come: each that was said to be stored is there, once."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from support.peers import Peer, arrived, film, wait_until

from app.db.engine import Database
from app.receiving.place import Place
from app.settings import Settings

FILMS = 40


@pytest.fixture
def process(here: Settings) -> Iterator[subprocess.Popen[str]]:
    """`condyle receive` as a process of its own; it is killed at the end."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "receive"]
    environment = os.environ | here.as_environment()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdout is not None
        assert "takes films" in process.stdout.readline()
        yield process
        process.kill()


def test_what_a_killed_receiver_said_is_stored_is_there_and_the_rest_comes_again(
    sqlite_database: Database,
    here: Settings,
    process: subprocess.Popen[str],
    open_receiver: Callable[..., Peer],
    tmp_path: Path,
) -> None:
    films = [film(tmp_path / f"{number:03}.dcm", number) for number in range(FILMS)]
    peer = Peer(here.dicom_port)
    sender = subprocess.Popen(
        peer.command("storescu", "-v", *films),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_until(lambda: len(arrived(sqlite_database)) >= FILMS // 4)
    process.kill()
    said, _ = sender.communicate(timeout=60)
    stored = len(re.findall(r"Store Response \(Success\)", said))
    assert 0 < stored < FILMS
    place = Place(here.home)
    rows = arrived(sqlite_database)
    assert stored <= len(rows) <= stored + 1
    assert all(place.path(row.digest).is_file() for row in rows)
    open_receiver(sqlite_database)
    assert peer.run("storescu", *films).returncode == 0
    rows = arrived(sqlite_database)
    assert len(rows) == FILMS
    uids = {dcmread(place.path(row.digest)).SOPInstanceUID for row in rows}
    assert len(uids) == FILMS


def test_what_a_kill_has_left_under_no_name_is_removed_in_time(tmp_path: Path) -> None:
    place = Place(tmp_path)
    named, unnamed, known = place.write([b"named"]), place.write([b"half"]), place.write([b"known"])
    for each in (named, known):
        place.adopt(each)
    place.sweep({known.digest})
    assert unnamed.path.exists()  # it may be on its way
    place.sweep({known.digest}, seconds=-1)
    left = [path for path in place.folder.rglob("*") if path.is_file()]
    assert left == [place.path(known.digest)]
