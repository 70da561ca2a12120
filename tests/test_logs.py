"""Logs can be JSON, one object a line, and then hold no word that may be a patient's."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from support.servers import free_port

from app.db.engine import Database, read_only
from app.logs import LEFT_OUT, AsJson, configuration
from app.runs import workers
from app.settings import Settings

NAME = "Doe^Jane"


def logged(name: str, message: str, *args: object, error: BaseException | None = None) -> Any:
    """What a record of a logger is written as."""
    about = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.WARNING, __file__, 7, message, args, about)
    line = AsJson().format(record)
    assert "\n" not in line
    return json.loads(line)


def test_our_own_words_are_kept_and_an_errors_are_not() -> None:
    try:
        int(NAME)
    except ValueError as error:
        said = logged("app.runs.rules", "run %s waits", 7, error=error)
    assert said["message"] == "run 7 waits"
    assert said["level"] == "warning"
    assert said["error"]["kind"] == "builtins.ValueError"
    assert said["error"]["at"][-1].startswith("tests/test_logs.py:")
    assert NAME not in json.dumps(said)


@pytest.mark.parametrize("message", [f"Invalid value for PN: '{NAME}'", "Invalid value: %s"])
def test_a_librarys_words_are_left_out(message: str) -> None:
    args = (NAME,) if "%s" in message else ()
    said = logged("pydicom.valuerep", message, *args)
    assert said["message"] == LEFT_OUT
    assert said["where"] == "test_logs.py:7"
    assert NAME not in json.dumps(said)


def test_text_stays_as_it_was() -> None:
    assert configuration(Settings()) is None


def wait_until(reached: Callable[[], bool], server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while not reached():
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(port: int) -> bool:
    try:
        return bool(urlopen(f"http://127.0.0.1:{port}/readyz").status == 200)
    except (URLError, ConnectionError):
        return False


def test_a_server_and_its_worker_log_json_and_end_in_order(
    tmp_path: Path, sqlite_url: str, sqlite_database: Database
) -> None:
    port = free_port()
    settings = Settings(
        home=tmp_path / "home", database_url=sqlite_url, port=port, log_format="json",
        queues="decode", processes=1,
    )  # fmt: skip

    def seen() -> dict[str, int]:
        with read_only(sqlite_database) as session:
            return {each.name: each.pid for each in workers.live(session)}

    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [Path(sys.executable).with_name("condyle"), "serve"],
            env=os.environ | settings.as_environment(),
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            wait_until(lambda: answers(port) and bool(seen()), server)
            first, pid = next(iter(seen().items()))
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: bool(set(seen()) - {first}), server)
            server.terminate()
            assert server.wait(60) == 0
        finally:
            server.kill()
            server.wait()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert "a process for decode ended with -9" in [each["message"] for each in lines]
    assert seen() == {}  # the worker has said that it left, which a killed one does not
