"""A small answer must not wait for the browser's delayed acknowledgement."""

import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest
from servers import free_port

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("processes", [1, 2])
def test_accepted_connections_send_small_answers_at_once(processes: int) -> None:
    port = free_port()
    arguments = f"'connections:create', '127.0.0.1', {port}, {processes}"
    start = f"from app.server import answer; answer({arguments})"
    server = subprocess.Popen(
        [sys.executable, "-c", start],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        start_new_session=True,
    )
    try:
        answered_by = set()
        for _ in range(200):
            options, process = ask(port, server).split()
            assert options == "[True]"
            answered_by.add(process)
            if len(answered_by) == processes:
                break
        assert str(server.pid) in answered_by or processes > 1
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


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
