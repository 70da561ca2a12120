"""A decision with the chain of the audit log, beside one whose event is a plain row.

Run: python -m bench audit_chain [--databases sqlite,postgresql] [--decisions N]. Two servers, each
with a workspace of its own, are asked in turns over HTTP; the second numbers its events by itself
and neither reads nor moves the chain's head. Wanted: at most 1.1 times as long at the median.
"""

import argparse
import itertools
import os
import statistics
from contextlib import ExitStack
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from sqlalchemy.orm import Session

from app.audit import origins, recording
from app.main import create_app
from bench.reading import WARM_UP, Times, ask, computed, fill, serving, workspace

IMAGES = 10_000
_numbers = itertools.count(1_000)


def unchained() -> FastAPI:
    """Return the application with events that are plain rows."""
    recording.write_events = _insert
    return create_app()


def _insert(session: Session) -> None:
    gathered = session.info.pop(recording._GATHERED, [])
    if not gathered:
        return
    session.flush()
    origin = origins.present()
    asked = {"via": origin.via, "address": origin.address, "log_in": origin.log_in}
    rows = [row | asked for _savepoint, row in gathered]
    for row in rows:
        number = next(_numbers)
        row |= {"id": number, "previous": f"before {number}", "digest": str(number)}
    session.execute(recording._EVENTS, rows)


class Reader:
    """Somebody who labels one film after the other on a server."""

    def __init__(self, connection: HTTPConnection, process: int, token: str) -> None:
        self.times = Times([])
        self._connection, self._process, self._token = connection, process, token
        self._desk, _ = ask(connection, "/api/v1/worklists/seed/next", token, {})

    def decide(self, *, counted: bool) -> None:
        """Label the film on the desk, and have the next one put there."""
        film = self._desk["item"]["film"]["image_id"]
        label: dict[str, Any] = {
            "worklist": "seed",
            "class_id": 1,
            "milliseconds": 900,
            "idempotency_key": uuid4().hex,
        }
        before = computed(self._process)
        path = f"/api/v1/images/{film}/annotations"
        self._desk, took = ask(self._connection, path, self._token, label)
        if counted:
            self.times.answers.append(took)
            self.times.cpu += computed(self._process) - before


def measure(kind: str, decisions: int) -> tuple[Times, Times]:
    """Measure the same decisions with the chain, and without it."""
    with ExitStack() as stack:
        readers = []
        for application in ("app.main:create_app", "bench.audit_chain:unchained"):
            url, home, database = stack.enter_context(workspace(kind))
            token = fill(database, IMAGES)
            connection, process = stack.enter_context(serving(url, home, application))
            readers.append(Reader(connection, process, token))
        for number in range(WARM_UP + decisions):
            for reader in readers if number % 2 else readers[::-1]:
                reader.decide(counted=number >= WARM_UP)
    return readers[0].times, readers[1].times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--decisions", type=int, default=600)
    wanted = parser.parse_args()
    print(f"{wanted.decisions} decisions each; milliseconds; load {os.getloadavg()[0]:.1f}")
    print("database     chain p50     p95    CPU  | plain p50    p95    CPU  ratio")
    for kind in wanted.databases.split(","):
        chained, plain = measure(kind, wanted.decisions)
        ratio = statistics.median(chained.answers) / statistics.median(plain.answers)
        print(f"{kind:<13}{chained}  | {plain}{ratio:>7.2f}", flush=True)


if __name__ == "__main__":
    main()
