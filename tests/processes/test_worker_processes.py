"""The processes of a worker: there while it is there, and gone with it, however it goes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.announcing import MONITOR_STOPPED
from app.db.engine import Database, read_only
from app.db.notifications import Notification
from app.db.people import User
from app.db.tables import now
from app.notifications import rules
from app.runs import workers
from app.settings import Settings

Seen = dict[str, int]


@pytest.fixture
def worker(tmp_path: Path, sqlite_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A real worker of two processes, which reaches nothing outside."""
    more: dict[str, Any] = {"run_lease_seconds": 1, "processes": 2, "webhook_workers": False}
    settings = Settings(home=tmp_path / "home", database_url=sqlite_url, **more)
    command = [sys.executable, "-m", "worker"]
    worker = subprocess.Popen(command, env=os.environ | settings.as_environment())
    yield worker
    worker.kill()
    worker.wait()


@pytest.fixture
def old_notification(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        person = User(name="Ada", role="admin")
        session.add(person)
        session.flush()
        at = now() - rules.KEPT - timedelta(days=1)
        told = Notification(user_id=person.id, topic=MONITOR_STOPPED, data="{}", created_at=at)
        session.add(told)


def seen(database: Database) -> Seen:
    """The names and processes of the workers that say they are there."""
    with read_only(database) as session:
        return {each.name: each.pid for each in workers.live(session)}


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has asked how."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def test_a_process_that_dies_is_started_again_and_all_end_with_a_killed_worker(
    worker: "subprocess.Popen[bytes]", sqlite_database: Database
) -> None:
    wait_until(lambda: len(seen(sqlite_database)) == 2)
    (died, pid), (stays, other) = seen(sqlite_database).items()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: died not in seen(sqlite_database) and len(seen(sqlite_database)) == 2)
    after = seen(sqlite_database)
    assert after[stays] == other
    worker.kill()
    worker.wait()
    wait_until(lambda: all(map(is_gone, after.values())))


def notifications(database: Database) -> int:
    with read_only(database) as session:
        return session.scalar(select(func.count()).select_from(Notification)) or 0


def test_a_worker_forgets_and_told_to_stop_ends_its_processes_and_says_that_they_have_left(
    old_notification: None, worker: "subprocess.Popen[bytes]", sqlite_database: Database
) -> None:
    wait_until(lambda: len(seen(sqlite_database)) == 2 and not notifications(sqlite_database))
    processes = seen(sqlite_database)
    worker.terminate()
    assert worker.wait(120) == 0
    assert all(map(is_gone, processes.values()))
    assert seen(sqlite_database) == {}
