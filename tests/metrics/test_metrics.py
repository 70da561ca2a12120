"""Prometheus is told what is counted, nobody else is, and no more than counts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event
from starlette.testclient import TestClient
from support.servers import free_port
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app import errors
from app.db.engine import Database, open_database
from app.db.learning import Run
from app.db.tables import now
from app.db.work import Part, Worker
from app.labels.decisions import Decision, Hold
from app.metrics.figures import Figures
from app.metrics.keys import metrics_key
from app.reading.rules import annotate
from app.settings import Settings
from app.worklists.items import lease_next

ROOT = Path(__file__).parents[2]
KEY = "0123456789abcdef0123456789abcdef"
Samples = dict[tuple[str, ...], float]


@pytest.fixture
def watched(database: Database, settings: Settings, tmp_path: Path) -> Web:
    """The application with a key for its metrics."""
    settings.home.mkdir(exist_ok=True)
    return Web(database, settings.model_copy(update={"metrics_key": key_file(tmp_path)}))


def key_file(folder: Path) -> str:
    """Write the key as an editor does, with a line's end."""
    (folder / "key").write_text(f"{KEY}\n")
    return str(folder / "key")


def samples(told: str) -> Samples:
    """Return {(name, label, label, ...): value}, labels as `name=value`."""
    return {
        (sample.name, *sorted(f"{name}={value}" for name, value in sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }


def scraped(client: TestClient) -> Samples:
    """What Prometheus is told."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
    return samples(answer.text)


def requests(told: Samples, route: str, status: int) -> float:
    """How many requests of a route had a status."""
    name = "condyle_requests_total"
    return told.get((name, "method=GET", f"route={route}", f"status={status}"), 0)


def test_only_who_has_the_key_is_told(watched: Web, web: Web) -> None:
    client = watched.anonymous()
    assert client.get("/metrics").status_code == 401
    for wrong in (KEY[:-1], KEY + "0", "ü"):
        sent = {"Authorization": f"Bearer {wrong}".encode()}
        assert client.get("/metrics", headers=sent).status_code == 401
    assert watched.browser("Ada", "admin").get("/metrics").status_code == 401
    assert scraped(client)
    with_key = {"Authorization": f"Bearer {KEY}"}
    assert web.anonymous().get("/metrics", headers=with_key).status_code == 404


def test_a_key_that_is_short_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("secret\n")
    for name in ("short", "none"):
        with pytest.raises(errors.Refused, match="key of the metrics"):
            metrics_key(Settings(metrics_key=str(tmp_path / name)))


def test_requests_are_counted_by_the_route_that_is_declared(watched: Web) -> None:
    client = watched.browser("Rosa")
    before = scraped(client)
    asked = ["/reading/seed", "/reading/validation", "/api/v1/images/77", "/not-there", "/nor/this"]
    for path in asked:
        client.get(path)
    after = scraped(client)
    assert requests(after, "/reading/{worklist}", 200) - requests(
        before, "/reading/{worklist}", 200
    ) == (2)
    assert requests(after, "/api/v1/images/{image_id}", 404) > requests(
        before, "/api/v1/images/{image_id}", 404
    )
    assert requests(after, "none", 404) - requests(before, "none", 404) == 2
    assert not [labels for labels in after if "77" in str(labels) or "not-there" in str(labels)]
    took = ("condyle_request_seconds_count", "route=/reading/{worklist}")
    assert after[took] - before.get(took, 0) == 2


def test_runs_parts_workers_leases_and_reads_are_told(watched: Web) -> None:
    with watched.database.begin() as session:
        classes = add_classes(session)
        images, reader = add_images(session, 3), add_readers(session, 1)[0]
        list_images(session, "seed", images)
        queued = Run(kind="sweep", created_at=now() - timedelta(hours=1))
        running = Run(kind="import", status="running")
        ended = Run(kind="import", status="failed", finished_at=now())
        session.add_all([queued, running, ended])
        session.flush()
        about = {"run_id": running.id, "task": "import/1", "range": {}, "total": 1}
        for number, status in enumerate(["queued", "queued", "running", "succeeded"], 1):
            session.add(Part(number=number, resource="decode", status=status, **about))
        place = {"host": "h", "version": "1", "queues": ["cpu", "gpu"], "threads": 1}
        session.add(Worker(name="there", pid=1, **place))
        session.add(Worker(name="gone", pid=2, seen_at=now() - timedelta(hours=1), **place))
        moment = now()
        image = lease_next(session, reader, "seed", 300, moment)
        assert image is not None
        annotate(session, Hold(reader, image, "seed"), Decision(classes[0], "the key", moment, 900))
        lease_next(session, reader, "seed", 300, moment)
    told = scraped(watched.anonymous())
    expected = {
        ("condyle_database_up",): 1,
        ("condyle_runs", "kind=sweep", "status=queued"): 1,
        ("condyle_runs", "kind=import", "status=failed"): 1,
        ("condyle_parts", "resource=decode", "status=queued"): 2,
        ("condyle_parts", "resource=decode", "status=running"): 1,
        ("condyle_parts", "resource=gpu", "status=queued"): 0,
        ("condyle_workers", "resource=gpu"): 1,
        ("condyle_workers", "resource=decode"): 0,
        ("condyle_leases", "worklist=seed"): 1,
        ("condyle_reads_total",): 1,
    }
    assert {labels: told.get(labels) for labels in expected} == expected
    assert 3600 <= told["condyle_run_waiting_seconds",] < 3700
    assert told["condyle_disk_free_bytes",] > 0


def test_a_database_that_is_away_is_told_and_is_no_error() -> None:
    away = open_database(f"postgresql+psycopg://condyle@127.0.0.1:{free_port()}/none")
    names = {each.name: each.samples[0].value for each in Figures().of(away)}
    assert names == {"condyle_database_up": 0}


def test_no_figure_goes_through_a_table_that_grows_with_the_archive(
    sqlite_database: Database,
) -> None:
    engine, asked = sqlite_database.kw["bind"], []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    Figures().of(sqlite_database)
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        plans = [
            str(step[3])
            for statement, values in asked
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    gone_through = {plan.split()[1] for plan in plans if plan.startswith("SCAN")}
    assert any("annotation" in plan for plan in plans)
    assert gone_through <= {"run", "lot", "lease", "worker", "decode_count"}


@pytest.fixture
def two_processes(tmp_path: Path, sqlite_url: str) -> Iterator[str]:
    """The address of a server with two web processes, as `condyle serve` starts them."""
    port = free_port()
    settings = Settings(
        home=tmp_path / "home", database_url=sqlite_url, metrics_key=key_file(tmp_path)
    )
    code = (
        "from app.metrics.keys import counting_together\n"
        "from app.server import answer, listen\n"
        "with counting_together(2):\n"
        f"    answer('app.main:create_app', listen('127.0.0.1', {port}), 2)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | settings.as_environment()
    )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while not answers(address):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0


def answers(address: str) -> bool:
    try:
        return bool(urlopen(f"{address}/readyz").status == 200)
    except (URLError, ConnectionError):  # an HTTPError, too: 503
        return False


def test_several_web_processes_count_together(two_processes: str) -> None:
    for _ in range(60):
        assert urlopen(f"{two_processes}/healthz").read() == b"ok\n"
    asked = Request(f"{two_processes}/metrics", headers={"Authorization": f"Bearer {KEY}"})
    told = [samples(urlopen(asked).read().decode()) for _ in range(10)]
    assert {requests(each, "/healthz", 200) for each in told} == {60}
