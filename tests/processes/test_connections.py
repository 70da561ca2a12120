"""How the server holds its connections: quick answers, and a port nobody keeps or takes twice."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from support.servers import free_port

from app import errors
from app.server import listen, serve
from app.settings import Settings

ROOT = Path(__file__).parents[2]


@contextmanager
def answering(port: int, processes: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a server, which ends with its processes."""
    arguments = f"'support.connections:create', listen('127.0.0.1', {port}), {processes}"
    start = f"from app.server import answer, listen; answer({arguments})"
    server = subprocess.Popen(
        [sys.executable, "-c", start],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        start_new_session=True,
    )
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


@pytest.mark.parametrize("processes", [1, 2])
def test_accepted_connections_send_small_answers_at_once(processes: int) -> None:
    port = free_port()
    with answering(port, processes) as server:
        answered_by = set()
        for _ in range(200):
            options, process = ask(port, server).split()
            assert options == "[True]"
            answered_by.add(process)
            if len(answered_by) == processes:
                break
        assert str(server.pid) in answered_by or processes > 1


def test_processes_whose_supervisor_was_killed_end_and_give_the_port_back() -> None:
    port = free_port()
    with answering(port, 2) as server:
        ask(port, server)
        server.kill()
        server.wait()
        deadline = time.monotonic() + 60
        while not is_free(port):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_supervisor_stops_at_once_though_processes_ended_while_it_asked() -> None:
    port = free_port()
    with answering(port, 2) as server:
        ask(port, server)
        answering_processes = children(server.pid)
        assert len(answering_processes) == 2
        for process in answering_processes:
            os.kill(process, signal.SIGSTOP)
        time.sleep(2)  # It asks twice a second, and waits for the answer.
        for process in answering_processes:
            os.kill(process, signal.SIGKILL)


def children(supervisor: int) -> list[int]:
    """Return the processes that a supervisor has spawned to answer."""
    listed = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    return [
        int(pid) for pid in listed if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def is_free(port: int) -> bool:
    """Tell whether a server could listen there."""
    try:
        listen("127.0.0.1", port).close()
    except errors.Refused:
        return False
    return True


def test_a_port_that_is_taken_is_said_before_anything_is_announced(settings: Settings) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(errors.Refused, match="listen") as refusal:
            serve(settings.model_copy(update={"port": port}), said.append)
    assert str(port) in refusal.value.where
    assert said == []


def ask(port: int, server: "subprocess.Popen[bytes]") -> str:
    """Return the answer on a new connection, once the server answers at all."""
    deadline = time.monotonic() + 60
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        except (TimeoutError, ConnectionError):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        finally:
            connection.close()
