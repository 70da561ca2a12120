"""A collector is told what took how long, and nothing of what it was about."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.servers import free_port

from app.errors import Refused
from app.settings import Settings
from app.telemetry.spans import examine, tracer_of, work

SECRETS = ("Meier", "geheim", "4711", "10.9.8.7", "Mozilla", "abcdef")
"""A name, a password, a number of an image, an address, a browser and a trace of somebody else."""
ALLOWED = {
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "db.system.name",
    "db.query.text",
}


class Collector:
    """Takes spans by OTLP over HTTP, as a collector does, and keeps them as they came."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.came = threading.Condition()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.path == "/v1/traces"
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                with collector.came:
                    collector.bodies.append(body)
                    collector.came.notify_all()

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def spans(self) -> list[Span]:
        """Return all that came."""
        asked = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span
            for each in asked
            for resource in each.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def wait_for(self, name: str) -> Span:
        """Return a span of a name, as soon as one has come."""

        def found() -> Span | None:
            return next((span for span in self.spans() if span.name == name), None)

        with self.came:
            assert self.came.wait_for(found, 120), [span.name for span in self.spans()]
        span = found()
        assert span
        return span

    def stop(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    here = Collector()
    yield here
    here.stop()


@pytest.fixture
def served(settings: Settings, sqlite_url: str, collector: Collector, redis: str) -> Iterator[str]:
    """The address of a real web process that tells the collector; no worker is beside it."""
    told = {"port": free_port(), "broker_url": redis, "traces_to": collector.address}
    environment = os.environ | settings.model_copy(update=told).as_environment()
    environment |= {"OTEL_BSP_SCHEDULE_DELAY": "200"}
    command = [str(Path(sys.executable).with_name("condyle")), "serve"]
    environment |= {"FASTAPI_OTEL_AUTO_CONFIGURE": "true"}  # which must do nothing
    environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{told['port']}"
        while ask(f"{address}/healthz") != 200:
            assert process.poll() is None
            sleep(0.1)
        yield address
        process.terminate()


def ask(address: str, data: bytes | None = None) -> int:
    """Ask for something, in the way of a browser that has much to say."""
    headers = {
        "User-Agent": "Mozilla",
        "X-Forwarded-For": "10.9.8.7",
        "traceparent": "00-abcdefabcdefabcdefabcdefabcdefab-abcdefabcdefabcd-01",
        "tracestate": "a=Meier",
    }
    try:
        with urlopen(Request(address, data, headers), timeout=60) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except URLError:  # nobody listens yet
        return 0


def test_requests_of_a_real_process_come_as_spans_that_hold_no_name_and_no_number(
    served: str, collector: Collector
) -> None:
    collector.wait_for("GET /healthz")
    assert ask(f"{served}/images/4711/history?search=Meier") == 200  # the log-in page
    assert ask(f"{served}/Meier/4711") == 404
    log_in = urlencode({"name": "Meier", "password": "geheim"}).encode()
    assert ask(f"{served}/login?next=/images/4711", log_in) == 401
    page = collector.wait_for("GET /images/{image_id}/history")
    tried = collector.wait_for("POST /login")
    collector.wait_for("GET none")
    assert page.kind == Span.SPAN_KIND_SERVER
    statuses = {each.key: each.value.int_value for each in tried.attributes}
    assert statuses["http.response.status_code"] == 401
    below = [span for span in collector.spans() if span.parent_span_id == tried.span_id]
    assert {"SELECT", "INSERT"} <= {span.name for span in below}
    assert {span.trace_id for span in below} == {tried.trace_id}
    for span in collector.spans():
        assert {each.key for each in span.attributes} <= ALLOWED, span.name
        assert not span.events
        assert not span.links
        assert not span.trace_state
        assert not span.status.message
    everything = b"".join(collector.bodies)
    assert bytes.fromhex("abcdefabcdef") not in everything
    for secret in SECRETS:
        assert secret.encode() not in everything


def test_work_of_a_worker_is_a_span_also_where_it_fails(
    settings: Settings, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    tracer = tracer_of(settings.model_copy(update={"traces_to": collector.address}), "a-worker")
    with pytest.raises(ValueError), work(tracer, "run", 7, "decode"):
        raise ValueError("Meier")
    span = collector.wait_for("run")
    assert {each.key for each in span.attributes} == {"condyle.run", "condyle.queue"}
    assert not span.events
    assert b"Meier" not in b"".join(collector.bodies)


def test_nothing_is_told_unless_a_collector_is_set(settings: Settings) -> None:
    assert tracer_of(settings, "condyle-web") is None
    assert list(examine(settings)) == []
    with work(None, "run", 7, "decode"):
        pass


@pytest.mark.parametrize(
    "address",
    [
        *("collector:4318", "http://", "http://me:geheim@collector", "http://[::1"),
        *("http://collector:geheim", "http://collector:4318?x=geheim", "http://c:4318#geheim"),
    ],
)
def test_an_address_that_is_none_is_refused_and_no_secret_repeated(
    address: str, settings: Settings
) -> None:
    told = settings.model_copy(update={"traces_to": address})
    with pytest.raises(Refused, match="no address of a collector"):
        tracer_of(told, "condyle-web")
    (found,) = examine(told)
    assert not found.good
    assert "geheim" not in found.words


TRACE_AND_END = """
from time import monotonic
from app.settings import settings
from app.telemetry.spans import tracer_of
tracer_of(settings(), "a-worker").start_span("run").end()
print(monotonic(), flush=True)
"""


def test_a_process_ends_soon_though_its_collector_takes_spans_and_never_answers(
    settings: Settings,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        told = settings.model_copy(update={"traces_to": address}).as_environment()
        environment = os.environ | told | {"OTEL_EXPORTER_OTLP_TIMEOUT": "600"}
        command = [sys.executable, "-c", TRACE_AND_END]
        ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        took = monotonic() - float(ended.stdout)
    assert took < 15, "the SDK waits for 30 seconds"
