"""A small real server that is told what happens, checks signatures, and misbehaves as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from standardwebhooks import Webhook as Verifier

from app.announcing import RUN_ENDED, TOPICS, announce
from app.db import clock
from app.db.engine import Database, read_only
from app.db.webhooks import Delivery, Webhook
from app.settings import Settings
from app.webhooks import addresses, sending
from app.webhooks.rules import new_secret


@dataclass(frozen=True)
class Answer:
    """What the receiver answers."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


LISTED = Settings(webhook_networks="127.0.0.1")
Behaviour = Callable[[], Answer | None]
"""None leaves the sender waiting."""


class Receiver(ThreadingHTTPServer):
    """A program that is told.

    Attributes:
        taken: what it has said 2xx to: each its `webhook-id` and what it was told.
        last: body and headers of what came last.
        behaviour: what it does next.
        verifiers: by each of which a signature must be right.
    """

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, secrets: list[str], port: int) -> None:
        self.verifiers = [Verifier(secret) for secret in secrets]
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.last: tuple[bytes, dict[str, str]] = b"", {}
        self.behaviour: Behaviour = Answer
        self.over = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.last = body, dict(self.headers)
        for verifier in self.server.verifiers:
            verifier.verify(body, dict(self.headers))
        answer = self.server.behaviour()
        if answer is None:
            self.server.over.wait()
            return
        if 200 <= answer.status < 300:
            self.server.taken.append((self.headers["webhook-id"], json.loads(body)))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def receiving(*secrets: str, port: int = 0) -> Iterator[Receiver]:
    """Run a receiver; whoever still waits for it at the end is let go."""
    server = Receiver(list(secrets), port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def webhook(database: Database, port: int, *topics: str) -> Webhook:
    """Set up a webhook to a port of this machine, told of some topics or of all."""
    with database.begin() as session:
        row = Webhook(
            address=f"http://127.0.0.1:{port}/hook",
            topics=list(topics or TOPICS),
            secret=new_secret(),
        )
        session.add(row)
    return row


def happen(database: Database, times: int = 1) -> None:
    """Let runs end."""
    with database.begin() as session:
        for number in range(times):
            announce(session, RUN_ENDED, run=number, kind="sweep", status="succeeded")


def deliver(database: Database, webhook: Webhook, owner: str = "worker") -> int:
    """Deliver what is due; return how many tries that took."""
    return sending.deliver_all(
        database, addresses.listed(LISTED), webhook.id, owner, threading.Event()
    )


def only(database: Database) -> Delivery:
    with read_only(database) as session:
        return session.scalars(select(Delivery)).one()


def statuses(database: Database) -> dict[str, int]:
    query = select(Delivery.status, func.count()).group_by(Delivery.status)
    with read_only(database) as session:
        return dict(session.execute(query).all())


def make_due(session: Session) -> None:
    """Let the time pass until everything that waits is tried again."""
    waiting = update(Delivery).where(Delivery.status == "waiting")
    session.execute(waiting.values(due_at=clock.after(-1)))
