"""Heads of the audit log are kept once a day, stamped where an authority is, and must be in it."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session
from support.command_line import run_command
from support.timestamps import Authority, authority

from app.audit import chain, record
from app.audit.chain import Head
from app.audit.heads import daily, examining, kept, stamps
from app.db.engine import Database, read_only
from app.db.people import AuditHead
from app.errors import Refused
from app.settings import Settings

Condyle = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def shared_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """One authority, and its keys, for all tests."""
    with authority(tmp_path_factory.mktemp("authority")) as here:
        yield here


@pytest.fixture
def clock(shared_authority: Authority) -> Authority:
    """The authority, as it behaves at first."""
    shared_authority.answers, shared_authority.replays = True, b""
    return shared_authority


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    """The file of kept heads, on what stands for another machine's disk."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder / "heads"


def count(database: Database, things: int) -> None:
    """Let things be recorded."""
    for number in range(things):
        with database.begin() as session:
            record(session, None, "count", f"thing {number}")


def head_of(database: Database) -> Head:
    with read_only(database) as session:
        return chain.head(session)


def a_day_passes(heads: Path) -> None:
    """Make what is in the file a day older."""
    older = [replace(each, at=each.at - timedelta(days=1)) for each in kept.read(heads)]
    heads.unlink()
    for each in older:
        kept.append(heads, each)


def test_one_head_a_day_is_kept_whoever_asks_how_often(
    database: Database, settings: Settings, heads: Path
) -> None:
    keeps = settings.model_copy(update={"audit_heads": str(heads)})
    assert daily.keep(database, keeps) is None  # the log is empty
    assert not heads.exists()
    count(database, 3)
    first = head_of(database)
    daily.keep(database, keeps)
    count(database, 2)
    assert daily.keep(database, keeps) is None
    assert [each.head for each in kept.read(heads)] == [first]
    a_day_passes(heads)
    daily.keep(database, keeps)
    assert [each.head for each in kept.read(heads)] == [first, head_of(database)]
    assert heads.stat().st_mode & 0o777 == 0o600


def empty_the_log(session: Session) -> None:
    """Do what the owner of a database can, who then has a whole new chain computed."""
    if session.get_bind().dialect.name == "sqlite":
        for guard in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER audit_event_refuses_{guard}"))
    else:
        session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
    session.execute(text("DELETE FROM audit_event"))
    session.execute(update(AuditHead).values(event_id=0, digest=chain.NOTHING))


def test_a_chain_computed_anew_is_seen_by_the_heads_that_were_kept(
    database: Database, settings: Settings, heads: Path
) -> None:
    keeps = settings.model_copy(update={"audit_heads": str(heads)})
    count(database, 3)
    daily.keep(database, keeps)
    a_day_passes(heads)
    count(database, 2)
    daily.keep(database, keeps)
    there = [each.head for each in kept.read(heads)]
    assert chain.check(database, there).broken is None
    with database.begin() as session:
        empty_the_log(session)
    count(database, 5)
    assert chain.check(database).broken is None
    broken = chain.check(database, there).broken
    assert broken
    assert (broken.event_id, broken.what) == (3, "is not the one whose digest was written down")


def test_an_authority_says_when_a_head_was_there_and_openssl_agrees(
    sqlite_database: Database, settings: Settings, heads: Path, clock: Authority, tmp_path: Path
) -> None:
    keeps = clock.trusted_by(settings, heads)
    count(sqlite_database, 1)
    daily.keep(sqlite_database, keeps)
    (only,) = kept.read(heads)
    text_of_it = kept.written(only.head)
    moment = stamps.stamped_at(stamps.trusted(keeps), only.stamp, text_of_it)
    assert abs(moment - only.at) < timedelta(minutes=5)
    with pytest.raises(stamps.NoStamp, match="proves nothing"):
        stamps.stamped_at(stamps.trusted(keeps), only.stamp, text_of_it + "0")
    (tmp_path / "head").write_text(text_of_it)
    (tmp_path / "stamp").write_bytes(only.stamp)
    ask = ["openssl", "ts", "-verify", "-data", "head", "-in", "stamp"]
    ask += ["-CAfile", str(clock.folder / "root.pem")]
    done = subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True)
    assert "Verification: OK" in done.stdout, done.stderr


def test_an_authority_that_is_down_or_answers_another_question_leaves_a_head_without_a_stamp(
    sqlite_database: Database, settings: Settings, heads: Path, clock: Authority
) -> None:
    keeps = clock.trusted_by(settings, heads)
    count(sqlite_database, 1)
    clock.answers = False
    daily.keep(sqlite_database, keeps)
    (unstamped,) = kept.read(heads)
    assert unstamped.stamp == b""
    (found,) = examining.examine(keeps)
    assert not found.good
    assert "no timestamp" in found.words
    clock.answers = True
    earlier = stamps.ask(keeps, "1 of another day")
    clock.replays = earlier
    with pytest.raises(stamps.NoStamp, match="proves nothing"):
        stamps.ask(keeps, "1 of another day")
    clock.replays = b"no answer at all"
    with pytest.raises(stamps.NoStamp, match="proves nothing"):
        stamps.ask(keeps, "2 of today")


def test_a_root_that_did_not_sign_the_stamp_trusts_nothing(
    settings: Settings, heads: Path, clock: Authority, tmp_path: Path
) -> None:
    with authority(tmp_path / "others") as other:
        keeps = other.trusted_by(settings, heads)
    mixed = keeps.model_copy(update={"timestamps_from": clock.address})
    with pytest.raises(stamps.NoStamp, match="proves nothing"):
        stamps.ask(mixed, "1 of today")


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"timestamps_from": "ftp://clock"}, "This is no address"),
        ({"timestamps_from": "http://me:secret@clock"}, "This is no address"),
        ({"timestamp_roots": "/no/such/file"}, "certificates"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_by_the_doctor(
    told: dict[str, str],
    what: str,
    settings: Settings,
    sqlite_database: Database,
    heads: Path,
    clock: Authority,
) -> None:
    keeps = clock.trusted_by(settings, heads).model_copy(update=told)
    (found,) = examining.examine(keeps)
    assert not found.good
    assert what in found.words
    assert "secret" not in found.words
    with pytest.raises(Refused, match=what):
        stamps.require(keeps)


def test_a_file_that_holds_something_else_is_refused_with_its_line(heads: Path) -> None:
    heads.write_text("3 deadbeef\n")
    with pytest.raises(Refused, match="Line 1"):
        kept.read(heads)
    with pytest.raises(Refused, match="cannot be used"):
        kept.append(heads.parent, kept.KeptHead(datetime.now(UTC), Head(1, "0" * 64)))


@pytest.fixture
def condyle(settings: Settings, clock: Authority, heads: Path) -> Condyle:
    """Run a command of the audit log in a workspace that keeps heads and has them stamped."""
    trusting = clock.trusted_by(settings, heads)

    def run(*words: str) -> tuple[int, str]:
        done = run_command(trusting, "audit", *words)
        return done.exit_code, done.output

    return run


def test_the_commands_keep_a_head_and_check_it(
    sqlite_database: Database, condyle: Condyle, heads: Path
) -> None:
    assert condyle("keep") == (0, "Nothing to keep: today's head is there, or the log is empty.\n")
    count(sqlite_database, 2)
    now = kept.written(head_of(sqlite_database))
    assert condyle("keep") == (0, f"Kept, with a timestamp: {now}\n")
    whole = f"Whole: 2 events.\nHead: {now}\nKept heads: 1, all of them in it.\n"
    assert condyle("verify") == (0, f"{whole}Timestamps: 1, all of them hold.\n")
    (only,) = kept.read(heads)
    heads.unlink()
    kept.append(heads, replace(only, stamp=only.stamp[:-9] + bytes(9)))
    status, said = condyle("verify")
    assert status == 3
    assert "Broken: the timestamp of event 2" in said


def test_a_worker_keeps_it_beside_its_work(
    sqlite_database: Database, settings: Settings, heads: Path
) -> None:
    count(sqlite_database, 1)
    keeps, stop = settings.model_copy(update={"audit_heads": str(heads)}), threading.Event()
    keeper = threading.Thread(target=daily.serve, args=(sqlite_database, keeps, stop))
    keeper.start()
    while not kept.read(heads):
        assert keeper.is_alive()
        stop.wait(0.05)
    stop.set()
    keeper.join(30)
    assert not keeper.is_alive()
    assert [each.head for each in kept.read(heads)] == [head_of(sqlite_database)]
