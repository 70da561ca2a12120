"""A broker that answers nobody holds up nobody: the run's row waits, and a worker finds it."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.servers import redis_server

from app.db.learning import Run
from app.runs import doorbell
from app.settings import Settings

NOT_FOR_EVER = 30
"""Seconds after which a call that hangs is given up; a call that does not takes one or two."""


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[str]:
    """A listener that takes connections and never answers, as a stopped Redis does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def ring_or_give_up(settings: Settings) -> None:
    def give_up(_signal: int, _frame: object) -> None:
        raise AssertionError("ringing hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(NOT_FOR_EVER)
    try:
        doorbell.ring(Run(id=1, kind="sweep"), settings)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_a_run_is_started_beside_a_broker_that_does_not_answer(
    frozen: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    ring_or_give_up(settings.model_copy(update={"broker_url": frozen}))
    assert "run 1 waits" in caplog.text


def test_a_run_is_rung_for_where_the_broker_answers(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server(tmp_path) as address:
        ring_or_give_up(settings.model_copy(update={"broker_url": address}))
    assert caplog.text == ""
