"""Two readers at once before two web processes: nothing is decided twice, lost or refused."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from support import another_clock
from support.servers import free_port
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.db.conditions import stands
from app.db.engine import Database, open_database
from app.db.people import User
from app.db.reading import Annotation, Lease, ReferenceLabel, WorklistItem
from app.log_ins import start

ROOT = Path(__file__).parents[2]
IMAGES = 60


@contextmanager
def serving(url: str, home: Path, processes: int, seconds_ahead: int = 0) -> Iterator[int]:
    """Answer with some web processes; yield the port."""
    port = free_port()
    make, listener = "'app.main:create_app'", f"listen('127.0.0.1', {port})"
    code = f"from app.server import answer, listen; answer({make}, {listener}, {processes})"
    start = another_clock.command(seconds_ahead, code)
    settings = {"CONDYLE_DATABASE_URL": url, "CONDYLE_HOME": str(home)}
    server = subprocess.Popen(
        start if seconds_ahead else [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | settings,
        start_new_session=True,
    )
    try:
        yield port
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


class Reader:
    """A program that reads for one person; every request may reach the other process."""

    def __init__(self, ports: Sequence[int], token: str) -> None:
        self.ports = cycle(ports)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        deadline = time.monotonic() + 120
        while True:
            connection = HTTPConnection("127.0.0.1", next(self.ports), timeout=60)
            try:
                method = "GET" if body is None else "POST"
                connection.request(method, f"/api/v1{path}", json.dumps(body), self.headers)
                response = connection.getresponse()
                answer = json.loads(response.read())
                assert response.status < 300, answer
                return answer
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            finally:
                connection.close()

    def read_to_the_end(self) -> list[int]:
        """Label all there is, now and then twice at once or taken back; return the images."""
        desk, labelled = self.ask("/worklists/seed/next", {}), []
        while desk["item"]:
            image = desk["item"]["film"]["image_id"]
            key = f"{len(labelled)} of {image}"
            body = {"worklist": "seed", "class_id": 1, "idempotency_key": f"label {key}"}
            path = f"/images/{image}/annotations"
            if image % 10 == 0:
                with ThreadPoolExecutor(2) as pool:
                    desk, _ = pool.map(self.ask, [path] * 2, [body] * 2)
            else:
                desk = self.ask(path, body)
            labelled.append(image)
            if image % 25 == 1 and labelled.count(image) == 1:
                desk = self.ask("/worklists/seed/undo", {"idempotency_key": f"undo {key}"})
                assert desk["item"]["film"]["image_id"] == image
        return labelled


def seed_worklist(database: Database, count: int) -> tuple[list[int], list[int], list[str]]:
    """Put images on the seed worklist; return two readers, the images, and the readers' tokens."""
    with database.begin() as session:
        readers = add_readers(session, 2)
        add_classes(session)
        images = add_images(session, count, per_patient=10)
        list_images(session, "seed", images)
        tokens = [start(session, session.get_one(User, each), 1)[0] for each in readers]
    return readers, images, tokens


def test_two_readers_racing_for_images_decide_each_once(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    readers, images, tokens = seed_worklist(database, IMAGES)
    with serving(database_url, tmp_path, processes=2) as port, ThreadPoolExecutor(2) as pool:
        both = [Reader([port], token) for token in tokens]
        labelled = list(pool.map(Reader.read_to_the_end, both))
    assert all(labelled), "both have read"
    assert not set(labelled[0]) & set(labelled[1])
    with database() as session:
        reads = session.execute(
            select(Annotation.image_id, Annotation.reader_id).where(stands(Annotation))
        ).all()
        assert sorted(image for image, _ in reads) == images
        by_reader = Counter(reader for _, reader in reads)
        assert [by_reader[each] for each in readers] == [len(set(each)) for each in labelled]
        assert session.scalar(select(func.count()).where(WorklistItem.done)) == IMAGES
        assert session.scalar(select(func.count(ReferenceLabel.image_id))) == IMAGES
        assert session.scalar(select(func.count(Lease.image_id))) == 0


def test_two_servers_an_hour_apart_refuse_no_decision(postgresql_url: str, tmp_path: Path) -> None:
    database = open_database(postgresql_url)
    _, images, tokens = seed_worklist(database, 30)
    with (
        serving(postgresql_url, tmp_path, 1) as right,
        serving(postgresql_url, tmp_path, 1, seconds_ahead=3600) as ahead,
        ThreadPoolExecutor(2) as pool,
    ):
        both = [Reader([right, ahead], tokens[0]), Reader([ahead, right], tokens[1])]
        labelled = list(pool.map(Reader.read_to_the_end, both))
    assert not set(labelled[0]) & set(labelled[1])
    assert sorted({*labelled[0], *labelled[1]}) == images
    with database() as session:
        told = session.scalars(select(Annotation.at)).all()
        assert max(told) - min(told) < timedelta(minutes=30)
        assert session.scalar(select(func.count()).where(WorklistItem.done)) == len(images)
