"""Redis, then PostgreSQL stopped for a while during a sweep, with a reader who goes on deciding.

Two real workers share the sweep. When a third of it is done Redis is stopped and what it held is
lost; when two thirds are, PostgreSQL. Printed are what the reader was answered, how long the reader
could not decide, how the run ended, the images without a pseudo-label or with more than one, and
the decisions that were acknowledged and are not there, or are there twice.

    python -m bench outages [--seconds 30] [--images 6000]
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.servers import free_port, postgresql_server, redis_server
from support.web import Web

from app.db.archive import Rendition
from app.db.engine import Database, read_only
from app.db.reading import Annotation
from app.settings import Settings
from app.worklists.items import add_items
from bench import _sweeps
from bench.kills import labelled
from worker import main as kinds
from worker import progress, sweep

ONE_PROCESS = "--queues", "gpu", "--processes", "1"
READ = 0.25
"""Of the images are the reader's, and not swept once they are read."""
THINKS = 1.0
"""Seconds a reader looks at an image."""


class Reader(threading.Thread):
    """Decides on one image after the other, and asks again with the same key while refused."""

    def __init__(self, web: Web) -> None:
        super().__init__(daemon=True)
        self.browser = web.browser("Rosa")
        self.stop = threading.Event()
        self.acknowledged: list[str] = []
        self.answers: Counter[str] = Counter()
        self.longest = 0.0

    def run(self) -> None:
        """Read until told to stop."""
        desk = self._ask("/api/v1/worklists/seed/next", {})
        assert not desk or desk["item"], "the reader was given nothing"
        while desk and desk["item"] and not self.stop.wait(THINKS):
            key = f"decision {len(self.acknowledged)}"
            image = desk["item"]["film"]["image_id"]
            said = {"worklist": "seed", "class_id": 1, "idempotency_key": key, "milliseconds": 900}
            desk = self._ask(f"/api/v1/images/{image}/annotations", said)
            if desk:
                self.acknowledged.append(key)

    def _ask(self, address: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask until there is an answer; empty where the reader is told to stop meanwhile."""
        began = time.monotonic()
        while not self.stop.is_set():
            answer = self.browser.post(address, json=body)
            self.longest = max(self.longest, time.monotonic() - began)
            words = "" if answer.is_success else f": {answer.json().get('title')}"
            self.answers[f"{answer.status_code}{words}"] += 1
            if answer.is_success:
                return dict(answer.json())
            time.sleep(0.5)
        return {}


class Servers:
    """PostgreSQL and Redis at addresses of their own, to be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        places = {"postgresql": folder / "postgresql", "redis": folder}
        ports = {name: free_port() for name in places}
        self._start: dict[str, Callable[[], Any]] = {
            "postgresql": lambda: postgresql_server(places["postgresql"], ports["postgresql"]),
            "redis": lambda: redis_server(places["redis"], ports["redis"]),
        }
        self._running: dict[str, ExitStack] = {}
        self.address = {name: self.start(name) for name in places}

    def start(self, name: str) -> str:
        """Start a server; return its address."""
        self._running[name] = ExitStack()
        return str(self._running[name].enter_context(self._start[name]()))

    def stop(self, name: str) -> None:
        """Stop a server; whoever is connected is cut off."""
        self._running.pop(name).close()

    def close(self) -> None:
        """Stop them all."""
        for name in list(self._running):
            self.stop(name)


def list_for_reading(session: Session, images: list[int]) -> None:
    """Put images on the seed list, their pixels made before a reader comes."""
    model = select(Rendition).where(Rendition.image_id.in_(images))
    for made in session.scalars(model).all():
        columns = ("image_id", "digest", "width", "height", "bits", "window_centre", "window_width")
        same = {column: getattr(made, column) for column in columns}
        session.add(Rendition(kind="viewer", **same))
    add_items(session, "seed", images)


def swept(database: Database, run_id: int, share: float, images: int) -> Callable[[], bool]:
    """Return what tells whether a share of a sweep is done."""
    return lambda: labelled(database, run_id)[0] >= share * images


def outages(settings: Settings, servers: Servers, images: int, seconds: float) -> None:
    """Sweep while one server after the other is away, and print what came of it."""
    database = _sweeps.workspace(settings, images, "text")
    with database.begin() as session:
        list_for_reading(session, list(range(1, int(images * READ) + 1)))
    sweep.PART = images // 24
    run = _sweeps.ask(database)
    progress.execute(database, settings, run.id, kinds.KINDS)
    reader = Reader(Web(database, settings))
    reader.start()
    with ExitStack() as workers:
        for _ in range(2):
            workers.enter_context(_sweeps.worker(settings, *ONE_PROCESS))
        for share, name in ((1 / 3, "redis"), (2 / 3, "postgresql")):
            _sweeps.wait_until(swept(database, run.id, share * (1 - READ), images))
            print(f"{name} is stopped for {seconds:g} s", flush=True)
            servers.stop(name)
            time.sleep(seconds)
            servers.start(name)
        _sweeps.wait_until(lambda: bool(_sweeps.run_of(database, run.id).finished_at))
        reader.stop.set()
        reader.join()
    tell(database, run.id, reader)
    database.kw["bind"].dispose()


def tell(database: Database, run_id: int, reader: Reader) -> None:
    """Print what became of the run and of the reader's decisions."""
    ended = _sweeps.run_of(database, run_id)
    labels, different = labelled(database, run_id)
    with read_only(database) as session:
        keys = session.scalars(select(Annotation.idempotency_key)).all()
        images = session.scalar(select(func.count(Annotation.image_id.distinct()))) or 0
    lost = len(set(reader.acknowledged) - set(keys))
    print(f"the run {ended.status} {ended.failure or ''}: {labels} labels of {different} images")
    for answer, count in sorted(reader.answers.items()):
        print(f"the reader was answered {count} times {answer}")
    print(f"the longest until a decision was taken: {reader.longest:.1f} s")
    print(f"{len(reader.acknowledged)} acknowledged: {lost} lost, {len(keys) - images} twice")


def main() -> None:
    """Start the servers, and sweep."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--images", type=int, default=6_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        servers = Servers(folder)
        try:
            settings = Settings(
                home=folder / "home",
                database_url=f"{servers.address['postgresql']}/postgres",
                broker_url=servers.address["redis"],
                run_lease_seconds=10,
            )
            outages(settings, servers, given.images, given.seconds)
        finally:
            servers.close()


if __name__ == "__main__":
    main()
