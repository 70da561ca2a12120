"""What was backed up is there again after a restore, on either database, or nothing is."""

import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from support.command_line import run_command
from support.installations import ADDRESS, AT, NOTE, silent
from support.worklist_rows import add_images

from app import errors
from app.audit.chain import check
from app.audit.retiring import retire
from app.backup.commands import restore_backup, write_backup
from app.db import Table
from app.db.archive import Image
from app.db.engine import migrate, open_database
from app.db.people import User
from app.db.reading import Annotation
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.settings import Settings
from app.worklists.items import lease_next

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FROM_ONE_TO_THE_OTHER = pytest.mark.parametrize(
    ("database_url", "elsewhere"),
    [("sqlite", "postgresql"), ("postgresql", "sqlite")],
    indirect=True,
)
Rows = dict[str, list[tuple[object, ...]]]


def test_everything_is_there_again_on_either_database(
    used: Settings, backup: Path, elsewhere: Settings
) -> None:
    restore_backup(elsewhere, backup, silent)
    before, after = rows_of(used), rows_of(elsewhere)
    events = len(before["audit_event"])
    assert [event[3] for event in before.pop("audit_event")[-1:]] == ["back up"]
    assert [event[3] for event in after.pop("audit_event")[-1:]] == ["restore"]
    assert [head[:2] for head in before.pop("audit_head")] == [(1, events)]
    assert [head[:2] for head in after.pop("audit_head")] == [(1, events)]
    restored = open_database(elsewhere.resolved_database_url)
    assert check(restored).broken is None
    restored.kw["bind"].dispose()
    assert len(before.pop("log_in")) == 1
    assert after.pop("log_in") == []
    [reader] = before["user"]
    assert ADDRESS in reader
    before["user"] = [tuple(None if value == ADDRESS else value for value in reader)]
    assert before == after
    assert any(NOTE in read for read in after["annotation"])
    assert files_of(elsewhere.home) == {
        name: content
        for name, content in files_of(used.home).items()
        if not name.startswith("runs") and "/." not in name
    }
    assert (elsewhere.home / "pseudonym.key").stat().st_mode & 0o777 == 0o600
    assert backup.stat().st_mode & 0o777 == 0o600


def test_work_goes_on_where_it_was(made_once: Path, elsewhere: Settings) -> None:
    restore_backup(elsewhere, made_once, silent)
    database = open_database(elsewhere.resolved_database_url)
    with database.begin() as session:
        assert add_images(session, 2, name="q")
        reader = session.scalars(select(User.id)).one()
        classes = session.scalars(select(Annotation.class_id)).one()
        image = lease_next(session, reader, "seed", 300, AT)
        assert image is not None
        annotate(session, Hold(reader, image, "seed"), Decision(classes, "another key", AT, 900))
        assert session.scalar(select(func.count()).select_from(Image)) == 8
    database.kw["bind"].dispose()


@FROM_ONE_TO_THE_OTHER
def test_a_backup_of_an_earlier_release_is_brought_up_to_date(
    database_url: str, tmp_path: Path, elsewhere: Settings
) -> None:
    migrate(database_url, "base")
    migrate(database_url, "0001")
    early = Settings(home=tmp_path / "early", database_url=database_url)
    database = open_database(database_url)
    with database.begin() as session:
        session.execute(
            text(
                """INSERT INTO "user" (id, name, role, active, failed_logins, created_at)"""
                " VALUES (4, 'rosa', 'reader', TRUE, 0, '2026-01-01 00:00:00')"
            )
        )
    database.kw["bind"].dispose()
    write_backup(early, tmp_path / "backup.tar", silent)
    restore_backup(elsewhere, tmp_path / "backup.tar", silent)
    database = open_database(elsewhere.resolved_database_url)
    with database.begin() as session:
        person = session.scalars(select(User)).one()
        assert (person.id, person.name) == (4, "rosa")
        assert person.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    database.kw["bind"].dispose()


@FROM_ONE_TO_THE_OTHER
def test_a_log_whose_old_events_were_retired_is_whole_after_a_restore(
    used: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    database = open_database(used.resolved_database_url)
    assert retire(database, used, 2, tmp_path / "old.json")
    assert retire(database, used, 3, tmp_path / "older.json")
    database.kw["bind"].dispose()
    write_backup(used, tmp_path / "backup.tar", silent)
    restore_backup(elsewhere, tmp_path / "backup.tar", silent)
    assert rows_of(elsewhere)["audit_base"] == rows_of(used)["audit_base"]
    restored = open_database(elsewhere.resolved_database_url)
    found = check(restored)
    assert found.broken is None
    assert found.head.event_id == found.events + 2
    restored.kw["bind"].dispose()


def test_nothing_is_restored_over_what_is_there(used: Settings, backup: Path) -> None:
    before = rows_of(used)
    with pytest.raises(errors.Refused, match="empty home folder"):
        restore_backup(used, backup, silent)
    with pytest.raises(errors.Refused, match="empty database"):
        restore_backup(used.model_copy(update={"home": used.home / "new"}), backup, silent)
    assert rows_of(used) == before


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda name, data: None if name.startswith("store") else data, "files are in it"),
        (lambda name, data: data[:-1] if name.startswith("store") else data, "the bytes of"),
        (
            lambda name, data: data.replace(b'"confidence": 0.6', b'"confidence": 0.9'),
            "the bytes of pseudo_label",
        ),
        (lambda name, data: None if name == "backup.json" else data, "does not begin as one"),
        (lambda name, data: data.replace(b'"format": 1', b'"format": 2'), "later release"),
        (lambda name, data: data.replace(b'"revision": "0', b'"revision": "x'), "later release"),
        (lambda name, data: b"[]" if name == "backup.json" else data, "cannot be read"),
    ],
)
def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(
    copied: Path, tmp_path: Path, how: Callable[[str, bytes], bytes | None], words: str
) -> None:
    changed = tmp_path / "changed.tar"
    with tarfile.open(copied) as whole, tarfile.open(changed, "w") as tar:
        for member in whole:
            file = whole.extractfile(member)
            data = how(member.name, file.read() if file else b"")
            if data is not None:
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    assert_refused(changed, tmp_path / "new", words)


@pytest.mark.parametrize("name", ["store/../../elsewhere", "/elsewhere", "app/main.py", "."])
def test_a_file_that_belongs_into_no_backup_is_refused(
    copied: Path, tmp_path: Path, name: str
) -> None:
    with tarfile.open(copied, "a") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    assert_refused(copied, tmp_path / "new", "belongs into no backup")


def test_a_backup_cut_off_anywhere_is_refused(copied: Path, tmp_path: Path) -> None:
    whole = copied.read_bytes()
    end = len(whole.rstrip(b"\0"))
    for length in (0, 10, 600, end // 3, end // 2, end - 1):
        (tmp_path / "short.tar").write_bytes(whole[:length])
        assert_refused(tmp_path / "short.tar", tmp_path / "new", "no whole backup")


@ON_SQLITE
def test_a_backup_overwrites_no_file_and_a_failed_one_leaves_none(
    used: Settings, backup: Path, tmp_path: Path
) -> None:
    whole = backup.read_bytes()
    with pytest.raises(errors.Refused, match="exists"):
        write_backup(used, backup, silent)
    assert backup.read_bytes() == whole
    with pytest.raises(errors.Refused, match="could not be written"):
        write_backup(used, tmp_path / "nowhere" / "backup.tar", silent)
    with pytest.raises(errors.Refused, match="nothing to back up"):
        write_backup(Settings(home=tmp_path / "nobody"), tmp_path / "none.tar", silent)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "home"]


def test_the_commands_back_up_and_restore(
    sqlite_url: str, settings: Settings, tmp_path: Path
) -> None:
    for command, home in (("backup", settings.home), ("restore", tmp_path / "restored")):
        result = run_command(Settings(home=home), command, str(tmp_path / "backup.tar"))
        assert result.exit_code == 0, result.output
    assert (tmp_path / "restored/condyle.sqlite3").exists()


def assert_refused(file: Path, home: Path, words: str) -> None:
    with pytest.raises(errors.Refused, match=words):
        restore_backup(Settings(home=home), file, silent)
    assert not home.exists() or list(home.iterdir()) == []


def rows_of(settings: Settings) -> Rows:
    """Return all rows of all tables."""
    database = open_database(settings.resolved_database_url)
    with database() as session:
        found = {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=str)
            for table in Table.metadata.sorted_tables
        }
    database.kw["bind"].dispose()
    return found


def files_of(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and not path.name.startswith("condyle.sqlite3")
    }
