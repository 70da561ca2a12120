"""An export, however long it takes to be taken away, keeps nobody from reading films."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from support.web import Web

from app.audit import Event, record, record_all
from app.db.engine import Database
from app.export import rules
from app.settings import Settings

ENOUGH_TO_FILL_A_PIPE = 5_000


@pytest.fixture
def events(database: Database) -> None:
    """An audit log longer than a pipe holds."""
    with database.begin() as session:
        record_all(session, None, [Event("count", "thing", {})] * ENOUGH_TO_FILL_A_PIPE)


def write_at_once(url: str) -> None:
    """Write as a reader's decision does, but without waiting for anybody."""
    waits = {"timeout": 0} if url.startswith("sqlite") else {}
    engine = create_engine(url, connect_args=waits)
    with engine.begin() as connection:
        connection.execute(text("UPDATE image SET view = view"))
    engine.dispose()


def test_a_table_that_nobody_takes_from_the_pipe_holds_up_no_decision(
    events: None, database_url: str, settings: Settings
) -> None:
    environment = settings.model_copy(update={"database_url": database_url}).as_environment()
    export = subprocess.Popen(
        [Path(sys.executable).with_name("condyle"), "export", "audit"],
        stdout=subprocess.PIPE,
        env=os.environ | environment,
    )
    assert export.stdout is not None
    with export, export.stdout:
        begun = export.stdout.read(1)
        write_at_once(database_url)
        rest = export.stdout.read()
    assert (begun + rest).startswith(b"id,")
    assert rest.count(b"\r\n") == ENOUGH_TO_FILL_A_PIPE + 1
    assert export.returncode == 0


def test_a_table_that_is_being_read_for_a_download_holds_up_no_decision(
    web: Web, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = web.browser("Admin", "admin")
    rows = rules.table

    def beside_a_reader(*given):  # type: ignore[no-untyped-def]
        for row in rows(*given):
            write_at_once(database_url)
            yield row

    monkeypatch.setattr(rules, "table", beside_a_reader)
    answer = admin.get("/api/v1/export/audit?format=json")
    assert [row["action"] for row in answer.json()] == ["export"]


def test_what_is_exported_is_of_one_moment(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = web.browser("Admin", "admin")
    rows = rules.table

    def while_more_happens(*given):  # type: ignore[no-untyped-def]
        for row in rows(*given):
            with web.database.begin() as session:
                record(session, None, "count", "thing")
            yield row

    monkeypatch.setattr(rules, "table", while_more_happens)
    answer = admin.get("/api/v1/export/audit?format=json")
    assert [row["action"] for row in answer.json()] == ["export"]
