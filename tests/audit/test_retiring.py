"""Old events of the audit log go to a file first, and out of the database then, or not at all."""

import json
import os
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from support.audit_log import ADDRESS, add_events, unguard
from support.command_line import run_command
from support.web import Web

from app.audit import archive, bases, retention
from app.audit.chain import check, head
from app.audit.heads import daily, kept
from app.audit.retiring import retire
from app.db.engine import Database, open_database
from app.db.tables import now
from app.errors import Refused
from app.settings import Settings

Condyle = Callable[..., tuple[int, str]]
LONG_AGO, EARLIER = timedelta(days=500), timedelta(days=200)


@pytest.fixture
def old_log(database: Database) -> Database:
    """Six events of long ago, four of earlier."""
    fill(database)
    return database


def fill(database: Database) -> None:
    with database.begin() as session:
        add_events(session, 6, now() - LONG_AGO)
        add_events(session, 4, now() - EARLIER)


INTO = "INSERT INTO audit_base (first_id, digest, events, archive_digest) VALUES"
OF = "(SELECT digest FROM audit_event WHERE id = {})"
SET_BASE = f"{INTO} (4, {OF.format(3)}, 3, 'a')"
REFUSED = [
    "DELETE FROM audit_event WHERE id = 1",
    f"{INTO} (4, {OF.format(4)}, 3, 'a')",
    f"{INTO} (12, 'd', 11, 'a')",
]
REFUSED_THEN = [
    "DELETE FROM audit_event WHERE id = 4",
    "DELETE FROM audit_event",
    "UPDATE audit_event SET subject = 'x' WHERE id = 3",
    "UPDATE audit_base SET events = 2",
    "DELETE FROM audit_base",
    f"{INTO} (3, {OF.format(2)}, 2, 'a')",
]


def test_the_database_lets_go_only_what_is_older_than_where_the_log_begins(
    old_log: Database,
) -> None:
    def is_refused(change: str) -> None:
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(change))

    with old_log() as session:
        for change in REFUSED:
            is_refused(change)
        session.execute(text(SET_BASE))
        for change in REFUSED_THEN:
            is_refused(change)
        session.execute(text("DELETE FROM audit_event WHERE id < 4"))
        session.execute(text(f"{INTO} (5, {OF.format(4)}, 1, 'b')"))
        session.rollback()
    assert check(old_log).events == 10


def test_two_at_once_retire_each_event_once(
    old_log: Database, settings: Settings, tmp_path: Path
) -> None:
    def try_it(first_id: int) -> bases.Base | Refused | None:
        try:
            return retire(old_log, settings, first_id, tmp_path / f"{first_id}.json")
        except (Refused, DBAPIError) as error:  # the other was faster
            return error if isinstance(error, Refused) else Refused("late", "", "")

    with ThreadPoolExecutor(2) as both:
        came = [each for each in both.map(try_it, (4, 7)) if isinstance(each, bases.Base)]
    assert came
    with old_log() as session:
        assert bases.all_of(session) == sorted(came)
    assert sum(each.events for each in came) == max(came).first_id - 1
    assert check(old_log).broken is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_killed_at_any_step_it_has_removed_nothing_or_all_that_is_in_the_file(
    old_log: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    keeping = settings.model_copy(update={"audit_heads": str(tmp_path / "heads")})
    old_log.kw["bind"].dispose()
    removed_at = []
    for step in count(1):
        file = tmp_path / f"{step}.json"
        status = _killed(lambda file=file: _retire(database_url, keeping, file), step)
        heads = [each.head for each in kept.read(tmp_path / "heads")]
        found = check(old_log, heads)
        assert found.broken is None, step
        with old_log() as session:
            base = bases.newest(session)
        assert found.events == (11 - 6 if base else 10)
        if base:
            archived = archive.check(file, heads)
            assert (archived.broken, archived.events, archived.digest) == (
                None,
                6,
                base.archive_digest,
            )
            removed_at.append(step)
            break
        old_log.kw["bind"].dispose()
    assert removed_at[0] > 30
    assert status in (0, KILLED)


KILLED = 9


def _retire(url: str, settings: Settings, file: Path) -> None:
    database = open_database(url)
    engine = database.kw["bind"]
    for name in ("before_cursor_execute", "after_cursor_execute"):
        event.listen(engine, name, lambda *_: sys.audit("condyle.step"))
    for name in ("commit", "rollback"):
        event.listen(engine, name, lambda *_: sys.audit("condyle.step"))
    retire(database, settings, 7, file)


def _killed(work: Callable[[], None], step: int) -> int:
    """Do something in a process that ends, as if killed, at its so many-th step: a statement, a
    commit, a file opened, renamed or removed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = step

    def count_down(name: str, args: tuple[object, ...]) -> None:
        nonlocal left
        opened = name == "open" and not str(args[0]).endswith((".py", ".pyc"))
        if opened or name in ("os.rename", "os.remove", "condyle.step"):
            left -= 1
            if not left:
                os._exit(KILLED)

    try:
        sys.addaudithook(count_down)
        work()
        os._exit(0)
    finally:
        os._exit(1)


@pytest.fixture
def condyle(settings: Settings, sqlite_database: Database, tmp_path: Path) -> Condyle:
    """Run a command of the audit log in a workspace that keeps heads, with a rule of a year."""
    fill(sqlite_database)
    told = {"audit_heads": str(tmp_path / "heads"), "audit_retention_days": 365}
    ruled = settings.model_copy(update=told)

    def run(*words: str, **other: object) -> tuple[int, str]:
        done = run_command(ruled.model_copy(update=other), *words)
        return done.exit_code, done.output

    return run


def test_the_command_retires_what_the_rule_says_and_the_log_is_whole_from_there(
    condyle: Condyle, sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    told = {"audit_heads": str(tmp_path / "heads"), "audit_retention_days": 365}
    ruled = settings.model_copy(update=told)
    daily.keep(sqlite_database, ruled)
    (overdue,) = retention.examine(ruled)
    assert not overdue.good
    assert "older than 365 days" in overdue.words
    with sqlite_database() as session:
        whole = head(session)
    file = tmp_path / "old.json"
    status, said = condyle("audit", "retire", "--to", str(file))
    assert status == 0
    digest = re.search(r"Retired: 6 events.*\nSHA-256 of the file: (\w{64})\n", said)
    assert digest
    assert [each.good for each in retention.examine(ruled)] == [True]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [row["address"] for row in json.loads(file.read_text("utf-8"))] == [ADDRESS] * 6
    status, said = condyle("audit", "verify", "--head", kept.written(whole))
    assert (status, said.splitlines()[:2]) == (
        0,
        ["Whole: 5 events.", "Begins with event 7: 6 events before it are in archives."],
    )
    assert "Kept heads: 2, all of them in it." in said
    assert condyle("audit", "verify", str(file)) == (
        0,
        "Whole: events 1 to 6, as they were retired.\n",
    )
    status, said = condyle("audit", "retire", "--to", str(tmp_path / "more.json"))
    assert said.startswith("Nothing to retire")
    # The beginning is no head of a day: the next one is kept as ever.
    assert daily.keep(sqlite_database, ruled) is None
    assert kept.latest(kept.read(tmp_path / "heads")) == kept.read(tmp_path / "heads")[0]
    file.write_bytes(file.read_bytes().replace(b'"person": null', b'"person": "me"', 1))
    status, said = condyle("audit", "verify", str(file))
    assert (status, "is not what the log says was retired" in said) == (3, True)
    file.write_bytes(file.read_bytes().replace(b"thing 3", b"thing 4"))
    status, said = condyle("audit", "verify", str(file))
    assert (status, said.splitlines()[0]) == (3, "Broken: event 3 was changed.")


def test_nothing_goes_before_its_time(condyle: Condyle, tmp_path: Path) -> None:
    soon = (now() - timedelta(days=182)).date().isoformat()
    for words, rule, what in (
        ((), 0, "Nothing says how long"),
        ((), 182, "for 183 days at least"),
        (("--before", soon), 0, "kept for 183 days"),
        (("--before", soon), 365, "kept for 365 days"),
    ):
        with pytest.raises(Refused, match=what):
            condyle(
                "audit",
                "retire",
                "--to",
                str(tmp_path / "f"),
                *words,
                audit_retention_days=rule,
            )
    (tmp_path / "there").write_text("")
    with pytest.raises(Refused, match="This file exists"):
        condyle("audit", "retire", "--to", str(tmp_path / "there"))
    assert not (tmp_path / "f").exists()
    assert condyle("audit", "verify")[1].startswith("Whole: 10 events.")


def test_a_beginning_that_was_not_written_down_with_the_heads_is_found(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    fill(sqlite_database)
    keeping = settings.model_copy(update={"audit_heads": str(tmp_path / "heads")})
    daily.keep(sqlite_database, keeping)
    there = [each.head for each in kept.read(tmp_path / "heads")]
    with sqlite_database.begin() as session:
        add_events(session, 5, now())
    retire(sqlite_database, settings, 12, tmp_path / "old.json")  # by somebody who names no heads
    assert check(sqlite_database).broken is None
    broken = check(sqlite_database, there).broken
    assert broken
    assert (broken.event_id, "not written down" in broken.what) == (12, True)


def test_a_broken_log_is_not_retired(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    fill(sqlite_database)
    with sqlite_database.begin() as session:
        unguard(session)
        session.execute(text("UPDATE audit_event SET subject = 'x' WHERE id = 9"))
    with pytest.raises(Refused, match="broken at event 9"):
        retire(sqlite_database, settings, 4, tmp_path / "old.json")
    assert not (tmp_path / "old.json").exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_activity_says_that_older_events_were_moved(web: Web, tmp_path: Path) -> None:
    admin = web.browser("Admin", "admin")
    fill(web.database)
    assert "moved to files" not in admin.get("/activity").text
    retire(web.database, web.settings, 7, tmp_path / "old.json")
    page = admin.get("/activity").text
    assert "<td>Moved old events to a file</td>" in page
    assert "6 older events were moved to files" in page
