"""Old events of the audit log go to a file first, and out of the database then, or not at all."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from support.audit_log import LONG_AGO, add_events, fill, unguard
from support.web import Web

from app.audit import archive, bases
from app.audit.chain import check
from app.audit.heads import checking, daily, kept
from app.audit.retiring import LATE, retire
from app.db.engine import Database, open_database
from app.db.tables import now
from app.errors import Refused
from app.settings import Settings


@pytest.fixture
def old_log(database: Database) -> Database:
    """Six events of long ago, four of earlier."""
    fill(database)
    return database


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
    keeping = settings.model_copy(update={"audit_heads": str(tmp_path / "heads")})
    daily.keep(old_log, keeping)

    def try_it(first_id: int, name: str) -> bases.Base | str | None:
        try:
            return retire(old_log, keeping, first_id, tmp_path / name)
        except Refused as error:
            return error.what

    came: list[bases.Base] = []
    with ThreadPoolExecutor(2) as both:
        for to in ((4, 6), (8, 8)):
            here = list(both.map(try_it, to, (f"{to}", f"{to} too")))
            assert {each for each in here if not isinstance(each, bases.Base)} <= {f"{LATE}.", None}
            came += [each for each in here if isinstance(each, bases.Base)]
    with old_log() as session:
        assert bases.all_of(session) == sorted(came)
    assert sum(each.events for each in came) == max(came).first_id - 1 == 7
    assert checking.check_log(old_log, keeping)[0].broken is None


@pytest.mark.parametrize(("first", "second"), [(4, 4), (7, 4), (4, 7)])
def test_who_comes_second_at_the_last_step_is_refused(
    first: int, second: int, old_log: Database, settings: Settings, tmp_path: Path
) -> None:
    came = []

    def be_faster(*_transaction: object) -> None:
        if not came and (tmp_path / "second").exists():
            came.append(retire(other, settings, first, tmp_path / "first"))

    other = open_database(old_log.kw["bind"].url.render_as_string(hide_password=False))
    event.listen(old_log, "after_transaction_create", be_faster)
    with pytest.raises(Refused, match=LATE):
        retire(old_log, settings, second, tmp_path / "second")
    with old_log() as session:
        assert bases.all_of(session) == came
    assert check(old_log).events == 10 - (first - 1) + 1
    other.kw["bind"].dispose()


def test_a_log_whose_beginning_is_written_down_while_it_is_checked_is_whole(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    with sqlite_database.begin() as session:
        add_events(session, 3, now() - LONG_AGO)
    keeping = settings.model_copy(update={"audit_heads": str(tmp_path / "heads")})
    daily.keep(sqlite_database, keeping)
    fill(sqlite_database)
    came = []

    def retire_now(*_transaction: object) -> None:
        if not came:
            came.append(retire(other, keeping, 7, tmp_path / "old.json"))

    other = open_database(sqlite_database.kw["bind"].url.render_as_string())
    event.listen(sqlite_database, "after_transaction_create", retire_now)
    found, there = checking.check_log(sqlite_database, keeping)
    assert (found.broken, found.events, len(there)) == (None, 13 - 6 + 1, 2)
    other.kw["bind"].dispose()


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
