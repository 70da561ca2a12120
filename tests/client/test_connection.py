"""How the client asks: what it repeats, what it raises, and where its token never is."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.servers import free_port

import condyle_client
from condyle_client import Condyle
from condyle_client.answers import Run
from condyle_client.archive import rows_of

TOKEN = "condyle_a-secret-of-a-test"
RUN = {
    "id": 7, "kind": "sweep", "status": "running", "done": 1, "total": 2, "message": "",
    "cancel_requested": False, "attempts": 1, "parameters": {}, "failure": None, "result": None,
    "created_at": "2026-11-29T12:00:00Z", "started_at": None, "finished_at": None,
    "a field of a later server": 1,
}  # fmt: skip
ENDED = {"finished_at": "2026-11-29T12:01:00+00:00"}
Told = tuple[int, dict[str, Any], dict[str, str]]


class Server(ThreadingHTTPServer):
    """Answers what it is told to, one after the other, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.told: list[Told] = []
        self.asked: list[str] = []
        self.bodies: list[bytes] = []

    def tell(self, status: int, body: dict[str, Any] | None = None, **headers: str) -> None:
        """Answer so, after what was told before."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.told.append((status, body or {}, named))


class Handler(BaseHTTPRequestHandler):
    """Answers of the server."""

    server: Server

    def answer(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        assert self.headers["Authorization"] == f"Bearer {TOKEN}"
        status, body, headers = self.server.told.pop(0)
        data = json.dumps(body).encode()
        self.send_response(status)
        kind = "application/json" if status < 400 else "application/problem+json"
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that is told what to answer."""
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def condyle(server: Server) -> Iterator[Condyle]:
    """A client of it."""
    with Condyle(f"http://127.0.0.1:{server.server_port}/", TOKEN, patience_seconds=5) as condyle:
        yield condyle


def problem(status: int, **more: str) -> dict[str, Any]:
    told = {"title": "No.", "status": status, "detail": "Do it otherwise.", "where": "a field"}
    return told | {"instance": "/api/v1/here", "type": "about:blank"} | more


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, condyle_client.NotLoggedIn),
        (403, condyle_client.Forbidden),
        (404, condyle_client.NotFound),
        (409, condyle_client.Conflict),
        (413, condyle_client.Refused),
        (422, condyle_client.Refused),
        (500, condyle_client.Problem),
    ],
)
def test_a_problem_is_an_exception_with_its_words_and_is_not_repeated(
    server: Server, condyle: Condyle, status: int, kind: type[Exception]
) -> None:
    server.tell(status, problem(status))
    with pytest.raises(condyle_client.Problem) as raised:
        condyle.runs.get(7)
    assert type(raised.value) is kind
    assert str(raised.value) == "No. (a field) Do it otherwise."
    assert (raised.value.status, raised.value.title) == (status, "No.")
    assert (raised.value.detail, raised.value.instance) == ("Do it otherwise.", "/api/v1/here")
    assert server.asked == ["GET /api/v1/runs/7"]


def test_what_only_asks_is_repeated_when_condyle_says_so(server: Server, condyle: Condyle) -> None:
    server.tell(503, problem(503), Retry_After="0")
    server.tell(429, problem(429), Retry_After="0")
    server.tell(200, RUN)
    assert condyle.runs.get(7).kind == "sweep"
    assert server.asked == ["GET /api/v1/runs/7"] * 3


def test_what_starts_something_is_repeated_only_where_it_was_not_done(
    server: Server, condyle: Condyle
) -> None:
    server.tell(429, problem(429), Retry_After="0")
    server.tell(503, problem(503), Retry_After="0")
    with pytest.raises(condyle_client.Unavailable):
        condyle.runs.start("sweep")
    assert server.asked == ["POST /api/v1/runs"] * 2


def test_a_decision_is_repeated_with_the_same_key(server: Server, condyle: Condyle) -> None:
    server.tell(503, problem(503), Retry_After="0")
    server.tell(404, problem(404))
    with pytest.raises(condyle_client.NotFound):
        condyle.worklists.read("seed", 3, 1)
    keys = [json.loads(body)["idempotency_key"] for body in server.bodies]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_wait_beyond_ones_patience_is_raised_at_once(server: Server, condyle: Condyle) -> None:
    server.tell(429, problem(429), Retry_After="42")
    with pytest.raises(condyle_client.TooMany) as raised:
        condyle.runs.get(7)
    assert raised.value.retry_after == 42


def test_it_stops_repeating(server: Server, condyle: Condyle) -> None:
    for _ in range(9):
        server.tell(503, problem(503), Retry_After="0")
    with pytest.raises(condyle_client.Unavailable):
        condyle.runs.get(7)
    assert len(server.asked) == 5


def test_a_redirect_is_not_followed(server: Server, condyle: Condyle) -> None:
    server.tell(307, {}, Location="http://127.0.0.1:9/elsewhere")
    with pytest.raises(condyle_client.Problem) as raised:
        condyle.runs.get(7)
    assert raised.value.status == 307


def test_a_server_that_is_not_there_is_said_to_be() -> None:
    with Condyle(f"http://127.0.0.1:{free_port()}", TOKEN, patience_seconds=0) as condyle:
        with pytest.raises(condyle_client.Unreachable, match="did not answer") as raised:
            condyle.runs.get(7)
        assert TOKEN not in str(raised.value)


def test_a_run_is_waited_for_and_told_of(server: Server, condyle: Condyle) -> None:
    told: list[Run] = []
    for done in (RUN, RUN, RUN | {"done": 2}, RUN | ENDED | {"status": "succeeded", "result": {}}):
        server.tell(200, done)
    assert condyle.runs.wait(7, progress=told.append).result == {}
    assert [(run.status, run.done) for run in told] == [
        ("running", 1),
        ("running", 2),
        ("succeeded", 1),
    ]


def test_a_run_that_fails_says_why(server: Server, condyle: Condyle) -> None:
    failure = {"what": "Nothing is labelled.", "where": "seed", "do": "Draw a seed set."}
    server.tell(200, RUN | ENDED | {"status": "failed", "failure": failure})
    server.tell(200, RUN | ENDED | {"status": "cancelled"})
    with pytest.raises(condyle_client.RunFailed) as raised:
        condyle.runs.wait(7)
    assert str(raised.value) == "Run 7 (sweep): Nothing is labelled. (seed) Draw a seed set."
    with pytest.raises(condyle_client.RunCancelled):
        condyle.runs.wait(7)


def test_a_run_that_takes_too_long_goes_on(server: Server, condyle: Condyle) -> None:
    server.tell(200, RUN | {"waits_for": "No worker is there."})
    with pytest.raises(TimeoutError, match=r"still running after 0 s, at 1 of 2\. No worker"):
        condyle.runs.wait(7, limit_seconds=0)


def test_an_answer_of_another_form_is_named_by_its_place(server: Server, condyle: Condyle) -> None:
    server.tell(200, RUN | {"created_at": "a secret"})
    with pytest.raises(condyle_client.NotUnderstood, match="created_at") as raised:
        condyle.runs.get(7)
    assert "a secret" not in str(raised.value)


def test_an_upload_that_is_refused_is_thrown_away(
    server: Server, condyle: Condyle, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/knee.dcm").write_bytes(b"a film")
    server.tell(201, {"upload": "u1"})
    server.tell(422, problem(422))
    server.tell(204)
    with pytest.raises(condyle_client.Refused):
        condyle.imports.start(tmp_path)
    assert server.asked == [
        "POST /api/v1/uploads",
        "PUT /api/v1/uploads/u1/files?name=a%2Fknee.dcm",
        "DELETE /api/v1/uploads/u1",
    ]
    assert json.loads(server.bodies[0]) == {"size": 6, "files": 1}
    assert server.bodies[1] == b"a film"


def test_two_files_of_one_name_and_none_at_all_are_refused(
    condyle: Condyle, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "knee.dcm").touch()
    with pytest.raises(ValueError, match=r"Two files would be called knee\.dcm"):
        condyle.imports.start([tmp_path / "a/knee.dcm", tmp_path / "b/knee.dcm"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no file to import"):
        condyle.imports.start(tmp_path / "empty")


@pytest.mark.parametrize(
    "address",
    [
        "condyle.example",
        "ftp://condyle.example",
        "https://",
        "http://condyle.example",
        "https://rosa:secret@condyle.example",
        "https://condyle.example?token=secret",
    ],
)
def test_a_token_is_sent_to_no_doubtful_address(address: str) -> None:
    with pytest.raises(ValueError) as raised:
        Condyle(address, TOKEN)
    assert "secret" not in str(raised.value)


def test_the_token_is_in_no_address_no_log_and_no_text(
    server: Server, condyle: Condyle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.tell(401, problem(401))
    with pytest.raises(condyle_client.NotLoggedIn) as raised:
        condyle.runs.get(7)
    assert caplog.text
    shown = [caplog.text, repr(condyle), repr(raised.value), *server.asked]
    assert not any(TOKEN in text for text in shown)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_table_is_read_wherever_it_is_cut(size: int) -> None:
    rows = [{"note": "„Knie“\n], 膝 \u2028"}, {"note": "["}, {"n": 1.5}]
    data = json.dumps(rows, ensure_ascii=False).encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert list(rows_of(pieces)) == rows
    assert list(rows_of([b"[]\n"])) == []
    with pytest.raises(condyle_client.NotUnderstood):
        list(rows_of(pieces[:-1] or [b"{}"]))
