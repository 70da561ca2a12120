"""Deciding and getting the next image, over HTTP from a real server, beside the least it can cost.

Run: python -m bench reading [--images 10000,100000,1000000] [--databases sqlite,postgresql]
[--decisions N]. Each row is a workspace of so many images, all on the seed worklist, a tenth of
them read. A reader labels one after the other on one connection; each answer holds the next image.
The bare endpoint is FastAPI and SQLAlchemy alone on the same database: look the log-in up, insert
a row, select the next image, commit. Both are asked in turns, so that a busy machine slows both;
there the processor time of each process (CPU) says more than the clock.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from sqlalchemy import text

from app.db import planner
from app.db.engine import Database, migrate, open_database
from app.db.people import User
from app.log_ins import start

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the tests know how to start a PostgreSQL of their own

from support.servers import free_port, postgresql_server  # noqa: E402

WARM_UP = 40
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
AT = "'2026-01-01 00:00:00+00:00'"
FILL = (
    "INSERT INTO label_class (id, name, position) VALUES (1, 'normal', 1), (2, 'abnormal', 2)",
    f"{NUMBERS} INSERT INTO patient (id, key, split) SELECT i, 'p' || i, 'development' FROM n",
    f"{NUMBERS} INSERT INTO study (id, patient_id, key) SELECT i, i, 's' || i FROM n",
    f"{NUMBERS} INSERT INTO image (id, study_id, patient_id, key, source_digest, stored_digest,"
    " laterality, view, width, height, details, imported_at)"
    " SELECT i, (i + 1) / 2, (i + 1) / 2, 'i' || i, 'a' || i, 'b' || i, 'L', 'AP', 2000, 2500,"
    f" '{{}}', {AT} FROM n",
    f"{NUMBERS} INSERT INTO rendition (image_id, kind, digest, width, height, bits, window_centre,"
    " window_width) SELECT i, 'viewer', 'v' || i, 2000, 2500, 12, 2048, 4096 FROM n",
    f"{NUMBERS} INSERT INTO worklist_item (worklist, image_id, turn, position, done, calibration)"
    " SELECT 'seed', i, 1, i, i <= :count / 10, FALSE FROM n",
    f"{NUMBERS} INSERT INTO annotation (image_id, reader_id, worklist, turn, class_id, unusable,"
    " milliseconds, idempotency_key, at)"
    f" SELECT i, 2, 'seed', 1, 1, FALSE, 4000, 'k' || i, {AT} FROM n WHERE i <= :count / 10",
    f"{NUMBERS} INSERT INTO reference_label (image_id, class_id, basis, at)"
    f" SELECT i, 1, 'single_read', {AT} FROM n WHERE i <= :count / 10",
)
TABLES_WITH_NUMBERS = ("label_class", "patient", "study", "image")


@contextmanager
def workspace(kind: str) -> Iterator[tuple[str, str, Database]]:
    """Migrate an empty database of a kind; yield its address, a home folder, and the database."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        if kind == "sqlite":
            url = f"sqlite:///{home}/condyle.sqlite3"
        else:
            url = f"{stack.enter_context(postgresql_server())}/postgres"
        migrate(url)
        database = open_database(url)
        yield url, home, database
        database.kw["bind"].dispose()


def fill(database: Database, images: int) -> str:
    """Fill a migrated workspace; return the token of a reader who has read nothing yet."""
    with database.begin() as session:
        reader, other = User(name="reader", role="reader"), User(name="other", role="reader")
        session.add_all([reader, other])
        session.flush()
        token, _ = start(session, reader, 12)
        for statement in FILL:
            session.execute(text(statement), {"count": images} if ":count" in statement else {})
        session.execute(text("CREATE TABLE bare (id INTEGER PRIMARY KEY, image_id INTEGER)"))
        if session.get_bind().dialect.name == "postgresql":
            for table in TABLES_WITH_NUMBERS:
                session.execute(
                    text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
                )
    planner.refresh(database)  # as the server does at its start
    with database.kw["bind"].connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        if database.kw["bind"].dialect.name == "sqlite":
            plain.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return token


def bare() -> FastAPI:
    """Return the least application that does the pair: the limit to approach."""
    database = open_database(os.environ["CONDYLE_DATABASE_URL"])
    app = FastAPI()
    insert = text("INSERT INTO bare (id, image_id) VALUES (:id, :id)")
    log_in = text(
        'SELECT user_id FROM log_in JOIN "user" ON "user".id = user_id WHERE token_digest <> \'\''
    )
    following = text(
        "SELECT image_id FROM worklist_item WHERE worklist = 'seed' AND done = FALSE"
        " AND position > :id ORDER BY position LIMIT 1"
    )

    @app.post("/pair/{number}")
    def pair(request: Request, number: int) -> dict[str, Any]:
        with database.begin() as session:
            session.execute(log_in).first()
            session.execute(insert, {"id": number})
            return {"next": session.scalar(following, {"id": number})}

    return app


@contextmanager
def serving(url: str, home: str, application: str) -> Iterator[tuple[HTTPConnection, int]]:
    """Run an application in a process of its own; yield a connection, and the process's id."""
    port = free_port()
    listener = f"listen('127.0.0.1', {port})"
    code = f"from app.server import answer, listen; answer('{application}', {listener}, 1)"
    environment = {"CONDYLE_DATABASE_URL": url, "CONDYLE_HOME": home}
    server = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, stderr=sys.stderr
    )
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(600):
            try:
                connection.connect()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        yield connection, server.pid
    finally:
        server.terminate()
        server.wait(30)


def ask(connection: HTTPConnection, path: str, token: str, body: Any = None) -> tuple[Any, float]:
    """Send a request; return the answer and its milliseconds."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body)
    for _ in range(3):  # a connection that was idle for long is closed by the server
        before = time.perf_counter()
        try:
            connection.request("GET" if body is None else "POST", path, sent, headers)
            response = connection.getresponse()
            break
        except (BrokenPipeError, RemoteDisconnected):
            connection.close()
    raw = response.read()
    took = 1000 * (time.perf_counter() - before)
    assert response.status < 300, raw
    return json.loads(raw), took


def computed(process: int) -> float:
    """Return the processor time a process has used, in milliseconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Times:
    """Milliseconds of each answer, and of the processor for all of them."""

    answers: list[float]
    cpu: float = 0.0

    def __str__(self) -> str:
        cpu = self.cpu / len(self.answers)
        return f"{statistics.median(self.answers):>9.1f}{p95(self.answers):>8.1f}{cpu:>7.1f}"


def measure(url: str, home: str, token: str, decisions: int) -> tuple[Times, Times]:
    """Measure deciding and getting the next image, and the bare endpoint."""
    ours, least = Times([]), Times([])
    with ExitStack() as servers:
        condyle, one = servers.enter_context(serving(url, home, "app.main:create_app"))
        limit, other = servers.enter_context(serving(url, home, "bench.reading:bare"))
        desk, _ = ask(condyle, "/api/v1/worklists/seed/next", token, {})
        for number in range(1, WARM_UP + decisions + 1):
            film = desk["item"]["film"]["image_id"]
            label = {
                "worklist": "seed",
                "class_id": 1,
                "milliseconds": 900,
                "idempotency_key": uuid4().hex,
            }
            desk, took = ask(condyle, f"/api/v1/images/{film}/annotations", token, label)
            _, took_bare = ask(limit, f"/pair/{number}", token, {})
            if number == WARM_UP:
                ours.cpu, least.cpu = -computed(one), -computed(other)
            if number > WARM_UP:
                ours.answers.append(took)
                least.answers.append(took_bare)
        ours.cpu += computed(one)
        least.cpu += computed(other)
    return ours, least


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", default="10000,100000,1000000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--decisions", type=int, default=300)
    wanted = parser.parse_args()
    sizes = [int(size) for size in wanted.images.split(",")]
    print(f"{wanted.decisions} decisions a row; milliseconds; load {os.getloadavg()[0]:.1f}")
    print("database       images    fill     p50     p95    CPU  |  bare p50   p95    CPU")
    for kind in wanted.databases.split(","):
        medians = []
        for size in sizes:
            with workspace(kind) as (url, home, database):
                began = time.perf_counter()
                token = fill(database, size)
                filled = time.perf_counter() - began
                ours, least = measure(url, home, token, wanted.decisions)
            medians.append(statistics.median(ours.answers))
            print(f"{kind:<12}{size:>9,}{filled:>6.0f} s{ours}  |{least}", flush=True)
        print(f"{kind}: {sizes[-1]:,} images take {medians[-1] / medians[0]:.2f} x {sizes[0]:,}")


if __name__ == "__main__":
    main()
