"""A small real server that speaks as a language model's does, and misbehaves as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.endpoint.address import parse
from app.endpoint.client import Endpoint

MODEL = "small-model"


@dataclass(frozen=True)
class Reply:
    """What the server answers: a status, headers and a body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Behaviour = Callable[[dict[str, Any]], Reply | None]
"""From the JSON that was asked to a reply; None leaves the client waiting."""


def completion(content: str | None, finish_reason: str = "stop") -> Reply:
    """Return a chat completion that says something."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}}
    whole = {"object": "chat.completion", "choices": [choice | {"finish_reason": finish_reason}]}
    return Reply(body=json.dumps(whole).encode())


def knees(*entries: tuple[str, str, str, str]) -> Reply:
    """Return an answer about knees: side, quote, class and certainty of each."""
    names = ("side", "quote", "class", "certainty")
    return completion(json.dumps({"knees": [dict(zip(names, e, strict=True)) for e in entries]}))


def report_in(asked: dict[str, Any]) -> str | None:
    """Return the report that is asked about; None for the trial question."""
    content: str = asked["messages"][-1]["content"]
    if not content.startswith("<report>\n"):
        return None
    return content.removeprefix("<report>\n").removesuffix("\n</report>")


def reads_words(words: dict[str, str]) -> Behaviour:
    """Return a model that knows a class by a word, quotes it, and is certain."""

    def read(asked: dict[str, Any]) -> Reply:
        report = report_in(asked)
        if report is None:
            return completion('{"ready": true}')
        found = next((word for word in words if word in report), None)
        return knees(("not stated", found, words[found], "certain")) if found else knees()

    return read


class Server:
    """A language model's server on a free port.

    Attributes:
        url: for `CONDYLE_LLM_URL`.
        requests: what was asked so far: each the path, the headers and the JSON.
        behaviour: what it does; may be changed while it runs.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.over = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def reports(self) -> list[str]:
        """Return the reports that were asked about, in order."""
        found = [report_in(asked) for _, _, asked in self.requests]
        return [report for report in found if report is not None]

    def endpoint(self, seconds: float = 30, key: str = "") -> Endpoint:
        """Return a way to it."""
        return Endpoint(parse(self.url, public=False), MODEL, key, seconds)


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Server]:
    """Run a server; whoever still waits for it at the end is let go."""
    server = Server(behaviour)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.requests.append((self.path, dict(self.headers), asked))
            reply = server.behaviour(asked)
            if reply is None:
                server.over.wait()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
