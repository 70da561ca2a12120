"""Copies of an SQLite workspace taken at random moments while decisions are written over HTTP.

Run: python -m bench copies [--copies 200] [--readers 4] [--rng 0]; it needs strace. Readers label
images of a real server as fast as it answers. At random moments all its processes are stopped and
the database and its write-ahead log are copied, as they are in the kernel's memory: what a kill of
everything leaves. Of each such copy comes a second one that a power cut may leave: strace has seen
which ranges were written since the last flush of their file that had ended, and each 512 bytes of
them are either as they are or zeros, by lot; the log's end may be missing. That is worse than a
disk, which keeps what was there before. Each copy must open, pass SQLite's own check and the
doctor's, and hold every decision that was acknowledged before its moment.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import select

from app.db.engine import Database, migrate, open_database
from app.db.people import User
from app.db.reading import Annotation
from app.doctor import examine
from app.log_ins import start
from app.settings import Settings
from bench._power_cut import DATABASE, LOG, Flushes, cut_power

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the tests know how to fill a worklist

from support.servers import free_port  # noqa: E402
from support.worklist_rows import add_classes, add_images, add_readers, list_images  # noqa: E402


@dataclass
class Server:
    """Web processes on a workspace, and the strace that watches them."""

    port: int
    process: subprocess.Popen[bytes]
    trace: Path | None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every thread of every process for a while."""
        stopped = descendants(self.process.pid) if self.trace else group(self.process.pid)
        for each in stopped:
            os.kill(each, signal.SIGSTOP)
        try:
            while not all(is_stopped(each) for each in stopped):
                time.sleep(0.001)
            yield
        finally:
            for each in stopped:
                os.kill(each, signal.SIGCONT)


def group(leader: int) -> list[int]:
    """Return a process and all that come from it."""
    return [leader, *descendants(leader)]


def descendants(process: int) -> list[int]:
    """Return all processes that come from one."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [each for child in children for each in group(int(child))]


def is_stopped(process: int) -> bool:
    """Whether no thread of a process runs."""
    states = (path.read_text() for path in Path(f"/proc/{process}/task").glob("*/stat"))
    return all(state.rpartition(") ")[2][0] in "Tt" for state in states)


@contextlib.contextmanager
def serving(home: Path, processes: int, trace: Path | None = None) -> Iterator[Server]:
    """Serve a workspace; where strace is to watch, it writes what it sees to `trace`."""
    port = free_port()
    listener = f"listen('127.0.0.1', {port})"
    code = f"from app.server import answer, listen; answer('app.main:create_app', {listener}, "
    command = [sys.executable, "-c", f"{code}{processes})"]
    if trace is not None:
        files = [f"--trace-path={home / name}" for name in (DATABASE, LOG)]
        calls = "--trace=pwrite64,fsync,fdatasync,ftruncate"
        watch = ["strace", "-f", "-y", "-s", "0", "--seccomp-bpf", calls, *files]
        command = [*watch, "-o", str(trace), *command]
    settings = {"CONDYLE_HOME": str(home)}
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, start_new_session=True)
    try:
        wait_for(port)
        yield Server(port, process, trace)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(1200):
        try:
            HTTPConnection("127.0.0.1", port, timeout=60).connect()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("the server did not start within two minutes")


def filled(home: Path, images: int, readers: int) -> list[str]:
    """Put images on the seed worklist of a migrated workspace; return the readers' tokens."""
    database = open_database(f"sqlite:///{home / DATABASE}")
    with database.begin() as session:
        people = add_readers(session, readers)
        add_classes(session)
        list_images(session, "seed", add_images(session, images, per_patient=10))
        tokens = [start(session, session.get_one(User, each), 12)[0] for each in people]
    database.kw["bind"].dispose()
    return tokens


class Readers:
    """Label images as fast as the server answers, and remember what it has acknowledged.

    Args:
        port: the server's.
        tokens: one a reader.
    """

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self.acknowledged: list[str] = []
        self.ended, self._reading = threading.Event(), threading.Event()
        self._reading.set()
        self._port = port
        self._threads = [
            threading.Thread(target=self._read, args=(number, token), daemon=True)
            for number, token in enumerate(tokens)
        ]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def rest(self) -> None:
        """Decide on nothing more before `go_on`."""
        self._reading.clear()

    def go_on(self) -> None:
        """Decide again."""
        self._reading.set()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._reading.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int, token: str) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

        def ask(path: str, body: dict[str, object]) -> dict[str, object]:
            connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
            response = connection.getresponse()
            answer: dict[str, object] = json.loads(response.read())
            assert response.status < 300, answer
            return answer

        desk = ask("/worklists/seed/next", {})
        while not self.ended.is_set() and (item := desk["item"]):
            image = item["film"]["image_id"]  # type: ignore[index]
            key = f"decision {number} of {image}"
            label = {"worklist": "seed", "class_id": 1, "idempotency_key": key}
            desk = ask(f"/images/{image}/annotations", label)
            self.acknowledged.append(key)
            self._reading.wait()
        connection.close()


def copied(home: Path, folder: Path) -> None:
    """Copy the database and its log; the index beside them is made anew by whoever opens them."""
    folder.mkdir(parents=True)
    for name in (DATABASE, LOG):
        if (home / name).exists():
            shutil.copyfile(home / name, folder / name)


def check(folder: Path, acknowledged: Sequence[str]) -> int:
    """Open a copy as whoever starts Condyle on it would; return how many decisions it holds.

    Raises:
        AssertionError: it is damaged, or an acknowledged decision is missing.
    """
    settings = Settings(home=folder, database_url="", broker_url="", store_url="")
    database = open_database(settings.resolved_database_url)
    held = decisions(database)
    database.kw["bind"].dispose()
    missing = set(acknowledged) - held
    assert not missing, f"{folder}: {len(missing)} acknowledged decisions are missing"
    said = [each.words for each in examine(settings) if "database" in each.words.lower()]
    assert any("is whole" in each for each in said), f"{folder}: {said}"
    return len(held)


def decisions(database: Database) -> set[str]:
    """Return the keys of all decisions, after SQLite has looked through everything."""
    with database() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        assert driver.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert driver.execute("PRAGMA foreign_key_check").fetchall() == []
        return set(session.scalars(select(Annotation.idempotency_key)))


def main() -> None:
    """Take the copies and say what they held."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--rng", type=int, default=0)
    asked = parser.parse_args()
    lot = random.Random(asked.rng)
    with tempfile.TemporaryDirectory() as scratch:
        home, trace = Path(scratch) / "home", Path(scratch) / "trace"
        home.mkdir()
        migrate(f"sqlite:///{home / DATABASE}")
        tokens = filled(home, 100 * asked.copies, asked.readers)
        cut_midway, lost, last = 0, 0, 0
        with serving(home, 2, trace) as server, Readers(server.port, tokens) as readers:
            flushes = Flushes()
            with trace.open() as lines:
                for number in range(asked.copies):
                    time.sleep(lot.uniform(0.02, 0.5))
                    with server.frozen():
                        acknowledged = list(readers.acknowledged)
                        for line in lines:
                            flushes.see(line)
                        folder = Path(scratch) / f"{number}"
                        copied(home, folder / "killed")
                        shutil.copytree(folder / "killed", folder / "cut")
                        cut_midway += any(flushes.written.values())
                        lost += cut_power(folder / "cut", flushes, lot)
                    readers.rest()  # they would only slow the look through the copies
                    for kind in ("killed", "cut"):
                        last = check(folder / kind, acknowledged)
                    shutil.rmtree(folder)
                    readers.go_on()
                    print(f"\r{number + 1} of {asked.copies}", end="", file=sys.stderr, flush=True)
            total = len(readers.acknowledged)
    print(
        f"{asked.copies} moments, {2 * asked.copies} copies opened and whole, no acknowledged "
        f"decision missing.\n{total:,} decisions acknowledged; the last copy held {last:,}."
        f"\nIn {cut_midway} of the moments something was written and not flushed; the power cut "
        f"took {lost:,} bytes of it."
    )


if __name__ == "__main__":
    main()
