"""What no sender foresaw keeps it from sending once, and says nothing of what is sent."""

import logging
import threading

import pytest
from sqlalchemy.exc import OperationalError

from app.outgoing import serving


def test_a_sender_goes_on_after_whatever_went_wrong_and_quotes_none_of_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving, "AFTER_ERROR", 0.0)
    stop, sent = threading.Event(), []
    faults = [OperationalError("SELECT", {}, Exception("away")), ValueError("PATIENT^ONE")]

    def look() -> None:
        if faults:
            raise faults.pop()
        sent.append("what was due")
        stop.set()

    with caplog.at_level(logging.WARNING):
        serving.serve("mails", look, stop, pause=0.0)
    assert sent == ["what was due"]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "ValueError" in caplog.text
    assert "test_serving.py" in caplog.text
    assert "PATIENT" not in caplog.text
