"""The audit log is one chain: written with what it records, and broken by whatever touches it."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from support.audit_log import events_of, unguard
from support.command_line import run_command
from support.web import PASSWORD, Web

from app.audit import Event, chain, record, record_all
from app.audit.chain import Broken, Head, check
from app.db.engine import Database, migrations
from app.errors import Refused
from app.export import rules as export
from app.settings import Settings

DOCUMENTED = Path(__file__).parents[2] / "docs/audit.md"
MANY = 10_000
WRITERS = 20
TOUCHED = 6_789


def head_of(database: Database) -> Head:
    with database() as session:
        return chain.head(session)


def test_writers_at_once_make_one_chain_without_a_gap_or_a_fork(database: Database) -> None:
    def write(number: int) -> None:
        with database.begin() as session:
            record(session, None, "count", f"thing {number}")

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(200)))
    found = check(database)
    assert (found.events, found.broken) == (200, None)
    with database.begin() as session:
        things = {event.subject for event in events_of(session)}
    assert things == {f"thing {number}" for number in range(200)}


def test_what_is_undone_is_not_in_the_chain(database: Database) -> None:
    with database() as session:
        record(session, None, "lose", "all")
        session.rollback()
        record(session, None, "keep", "first")
        savepoint = session.begin_nested()
        record(session, None, "lose", "savepoint")
        session.begin_nested().commit()
        savepoint.rollback()
        with session.begin_nested():
            record(session, None, "keep", "second")
        session.commit()
    with database() as session:
        record(session, None, "lose", "closed")
    with database.begin() as session:
        assert [event.subject for event in events_of(session)] == ["first", "second"]
    assert check(database).broken is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event SET subject = 'another'",
        "DELETE FROM audit_event",
        "INSERT INTO audit_event SELECT 2, at, user_id, action, subject, details, via, address,"
        " log_in, previous, digest FROM audit_event",
    ],
)
def test_the_database_refuses_to_change_the_log_and_to_fork_it(
    database: Database, change: str
) -> None:
    with database.begin() as session:
        record(session, None, "count", "thing")
    with pytest.raises(DBAPIError), database.begin() as session:
        session.execute(text(change))
    assert check(database).events == 1


def test_no_event_takes_the_place_of_another_in_an_upgraded_database_either(
    database: Database, database_url: str
) -> None:
    """SQLite's OR REPLACE removes rows, and no trigger on DELETE is asked."""
    with database.begin() as session:
        record_all(session, None, [Event("count", f"thing {n}", {}) for n in range(3)])
    config = migrations()
    config.attributes["url"] = database_url
    command.downgrade(config, "0062")
    command.upgrade(config, "head")
    verb = "INSERT OR REPLACE" if database_url.startswith("sqlite") else "INSERT"
    said = "at, user_id, action, 'another', details, via, address, log_in"
    for which in ("2, {}, 'p', 'd'", "4, {}, previous, 'd'", "3, {}, 'p', digest"):
        again = f"{verb} INTO audit_event SELECT {which.format(said)} FROM audit_event WHERE id = 3"
        with pytest.raises(DBAPIError, match="can only be added to"), database.begin() as session:
            session.execute(text(again))
    with database.begin() as session:
        record(session, None, "count", "thing 4")
    found = check(database)
    assert (found.events, found.broken) == (4, None)


def swap(session: Session, one: int, other: int) -> None:
    """Exchange what two rows say, their digests too; each keeps its number."""
    columns = "at, user_id, action, subject, details, via, address, log_in, digest"
    said = f"(SELECT {columns} FROM audit_event WHERE id = :other)"
    mine = (
        session.execute(text(f"SELECT {columns} FROM audit_event WHERE id = :one"), {"one": one})
        .mappings()
        .one()
    )
    ids = {"one": one, "other": other}
    session.execute(text(f"UPDATE audit_event SET ({columns}) = {said} WHERE id = :one"), ids)
    taken = dict(mine) | {"other": other}
    if not isinstance(taken["details"], str):
        taken["details"] = json.dumps(taken["details"])
    values = ", ".join(f"{name} = :{name}" for name in columns.split(", "))
    session.execute(text(f"UPDATE audit_event SET {values} WHERE id = :other"), taken)


def one_byte(session: Session) -> None:
    session.execute(
        text("UPDATE audit_event SET subject = 'thing 6787' WHERE id = :id"), {"id": TOUCHED}
    )


def no_row(session: Session) -> None:
    session.execute(text("DELETE FROM audit_event WHERE id = :id"), {"id": TOUCHED})


def tail(session: Session) -> None:
    session.execute(text("DELETE FROM audit_event WHERE id >= :id"), {"id": TOUCHED})


def tail_and_head(session: Session) -> None:
    tail(session)
    session.execute(
        text(
            "UPDATE audit_head SET event_id = :id, digest ="
            " (SELECT digest FROM audit_event WHERE id = :id)"
        ),
        {"id": TOUCHED - 1},
    )


@pytest.fixture
def long_log(database: Database) -> Database:
    with database.begin() as session:
        events = [Event("count", f"thing {number}", {"n": number / 3}) for number in range(MANY)]
        record_all(session, None, events)
    return database


def test_whatever_is_done_to_a_long_log_is_found_at_its_row(long_log: Database) -> None:
    kept = head_of(long_log)
    assert check(long_log, [kept]) == (MANY, kept, None)
    changes: list[tuple[Callable[[Session], None], str]] = [
        (one_byte, "was changed"),
        (lambda session: swap(session, TOUCHED, TOUCHED + 1), "was changed"),
        (no_row, "is missing; the next one there is 6790"),
        (tail, "is missing, with all after it: the head names event 10000"),
        (tail_and_head, "is missing, with all after it: event 10000 was written down once"),
    ]
    for change, what in changes:
        with long_log() as session:
            unguard(session)
            change(session)
            found = chain.check_in(session, [kept])
            session.rollback()
        assert found.broken == Broken(TOUCHED, what), change
    assert check(long_log, [kept]).broken is None


def test_any_cell_of_any_row_counts(database: Database) -> None:
    with database.begin() as session:
        record_all(session, None, [Event("count", f"thing {n}", {"n": n}) for n in range(20)])
    draw = random.Random(3)
    values = {"action": "x", "subject": "y", "via": "z", "address": "::1", "log_in": "l"}
    values |= {"details": '{"n": 99}', "at": "2026-01-01 00:00:00", "previous": "p", "digest": "d"}
    for name, value in values.items():
        number = draw.randint(1, 20)
        with database() as session:
            unguard(session)
            change = f"UPDATE audit_event SET {name} = '{value}' WHERE id = {number}"
            session.execute(text(change))
            found = chain.check_in(session)
            session.rollback()
        assert found.broken is not None, name
        assert found.broken.event_id == number, name


def test_anybody_can_check_an_export_by_the_program_in_the_documentation(
    database: Database, tmp_path: Path
) -> None:
    with database.begin() as session:
        record(session, None, "count", "Röntgen", share=0.1, before=None, after=["b", "a"])
        record(session, None, "count", "thing", n=10**20)
    with database() as session:
        exported = "".join(export.table(session, "audit", "json"))
    program = re.search(r"```python\n(.*?)```", DOCUMENTED.read_text("utf-8"), re.S)
    assert program

    def checked(log: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "audit.json").write_text(log, "utf-8")
        command = [sys.executable, "-c", program[1]]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert checked(exported).stdout.split()[-2:] == ["2", head_of(database).digest]
    assert "event 1" in checked(exported.replace("0.1", "0.2")).stderr


def test_a_request_is_recorded_with_where_it_came_from(web: Web) -> None:
    admin = web.browser("Admin", "admin")
    token = (
        web.anonymous()
        .post("/api/v1/login", json={"name": "Admin", "password": PASSWORD})
        .json()["token"]
    )
    program = web.anonymous()
    program.get("/api/v1/export/reads", headers={"Authorization": f"Bearer {token}"})
    admin.get("/api/v1/export/labels")
    admin.post("/logout")
    with web.database.begin() as session:
        events = events_of(session)
        record(session, None, "count", "thing")
        by_hand = events_of(session)[-1]
    said = {
        (event.action, event.subject): (event.via, event.log_in, event.address) for event in events
    }
    assert said["export", "reads"][0] == "program"
    via, log_in, address = said["export", "labels"]
    assert via == "page"
    assert len(log_in) == 16
    assert log_in != said["export", "reads"][1]
    assert address == "testclient"
    out = next(event for event in events if event.action == "log out")
    assert out.log_in == log_in
    assert (by_hand.via, by_hand.address, by_hand.log_in) == ("command line", "", "")
    assert check(web.database).broken is None


def test_the_command_says_whether_the_log_is_whole_and_what_its_head_is(
    sqlite_database: Database, settings: Settings
) -> None:
    with sqlite_database.begin() as session:
        record_all(session, None, [Event("count", f"thing {n}", {}) for n in range(3)])

    def condyle(*words: str) -> tuple[int, str]:
        done = run_command(settings, "audit", *words)
        return done.exit_code, done.output

    status, kept = condyle("head")
    assert (status, kept.split()[0]) == (0, "3")
    assert condyle("verify", "--head", kept) == (0, f"Whole: 3 events.\nHead: {kept}")
    for typed in ("3", "0 X", f"0 {kept.split()[1]}", f"-1 {chain.NOTHING}", f"3 {'F' * 64}"):
        with pytest.raises(Refused, match="not the head"):
            condyle("verify", "--head", typed)
    assert condyle("verify", "--head", f"0 {chain.NOTHING}")[0] == 0, "an empty log's"
    with sqlite_database.begin() as session:
        unguard(session)
        session.execute(text("UPDATE audit_event SET subject = 'thing 7' WHERE id = 2"))
    broken = "Broken: event 2 was changed.\nEvents before it that hold: 1.\n"
    assert condyle("verify") == (3, broken)
