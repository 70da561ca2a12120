"""What all senders share: what no one foresaw stops none, and what came of a try is not lost."""

import logging
import threading

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.audit import record
from app.db.engine import Database
from app.db.people import AuditEvent
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


def test_what_came_of_a_try_is_written_down_though_the_next_claim_fails(
    database: Database,
) -> None:
    told: list[str] = []
    claims = iter(["mail 1"])

    def claim(session: Session) -> str:
        for each in claims:
            return each
        raise OperationalError("UPDATE", {}, Exception("away"))

    def attempt(claimed: str) -> str:
        told.append(claimed)
        return "sent"

    def report(session: Session, claimed: str, outcome: str) -> bool:
        record(session, None, outcome, claimed)
        return True

    stop = threading.Event()
    with pytest.raises(OperationalError):
        serving.send_all(database, stop, claim, attempt, report)
    assert told == ["mail 1"]
    with database() as session:
        assert session.scalars(select(AuditEvent.subject)).all() == ["mail 1"]


def test_nothing_is_begun_after_the_stop(database: Database) -> None:
    stop = threading.Event()
    stop.set()
    tried = serving.send_all(database, stop, lambda _: "mail", lambda _: "sent", lambda *_: True)
    assert tried == 0
