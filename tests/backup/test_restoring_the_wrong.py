"""What a backup may hold that somebody else has written: refused in words, and nothing is left."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from support.installations import Files, rewritten, silent

from app import errors
from app.backup.commands import restore_backup, write_backup
from app.db.archive import Image
from app.db.engine import open_database
from app.db.learning import Run
from app.db.people import LogIn, OneTimeLink, User
from app.runs import rules as runs
from app.settings import Settings

Change = Callable[[Files], Any]
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KEY = "0123456789abcdef" * 4


def count(settings: Settings, table: type) -> int:
    """Return how many rows a table has."""
    database = open_database(settings.resolved_database_url)
    with database() as session:
        rows = session.scalar(select(func.count()).select_from(table)) or 0
    database.kw["bind"].dispose()
    return rows


def row(table: str, **values: Any) -> Change:
    """Return what changes the first row of a table."""

    def change(files: Files) -> None:
        first, *others = files[f"tables/{table}.jsonl"].splitlines()
        lines = [json.dumps(json.loads(first) | values).encode(), *others]
        files[f"tables/{table}.jsonl"] = b"\n".join(lines) + b"\n"

    return change


def line(table: str, text: bytes) -> Change:
    """Return what adds a line to a table."""
    name = f"tables/{table}.jsonl"
    return lambda files: files.update({name: files[name] + text + b"\n"})


def without_column(files: Files) -> None:
    first = json.loads(files["tables/study.jsonl"].splitlines()[0])
    first.pop("key")
    files["tables/study.jsonl"] = json.dumps(first).encode()


def twice(files: Files) -> None:
    files["tables/label_class.jsonl"] *= 2


def a_log_in(files: Files) -> None:
    """A table that belongs into no backup, in place of one that does."""
    files["tables/log_in.jsonl"] = files.pop("tables/own_keys.jsonl")


WRONG: dict[str, tuple[Change, str]] = {
    "a text for a number": (row("image", width="wide"), "column width"),
    "a fraction for a whole number": (row("image", width=1.5), "column width"),
    "a truth value for a number": (row("image", width=True), "column width"),
    "a number for a truth value": (row("user", active=1), "column active"),
    "a number for a text": (row("user", name=7), "column name"),
    "a number beyond the database": (row("image", width=2**70), "breaks a constraint"),
    "no time": (row("user", created_at="yesterday"), "column created_at"),
    "a time before all times": (row("user", created_at="0001-01-01T00:00:00+09:00"), "created_at"),
    "an object for a list": (row("pseudo_label", probabilities={}), "column probabilities"),
    "a list for an object": (row("run", parameters=[]), "column parameters"),
    "nothing where something must be": (row("user", name=None), "breaks a constraint"),
    "an unknown role": (row("user", role="owner"), "breaks a constraint"),
    "an image of no study": (row("image", study_id=999), "breaks a constraint"),
    "an unknown column": (row("user", password="x"), "unknown column 'password'"),
    "a column too few": (without_column, "lacks column 'key'"),
    "a row twice": (twice, "breaks a constraint"),
    "no JSON": (line("user", b"{"), "is no JSON"),
    "no object": (line("user", b"[1]"), "is no JSON object"),
    "no text": (line("user", b"\xff"), "is no JSON"),
    "too deep": (line("user", b"[" * 100_000), "is no JSON"),
    "another table": (a_log_in, "differs in its tables"),
}


@pytest.mark.parametrize("name", WRONG)
def test_rows_that_cannot_be_are_refused_in_words_and_nothing_is_left(
    name: str, copied: Path, with_tables: Callable[[str], Settings]
) -> None:
    change, words = WRONG[name]
    new = with_tables("new")
    with pytest.raises(errors.Refused, match=words) as refused:
        restore_backup(new, rewritten(copied, change), silent)
    assert "Nothing was restored" in refused.value.do
    assert list(new.home.iterdir()) == []
    assert [count(new, table) for table in (User, Image, Run)] == [0, 0, 0]


def test_nothing_is_left_of_a_database_that_was_made_for_it(copied: Path, tmp_path: Path) -> None:
    change, words = WRONG["a text for a number"]
    home = tmp_path / "new"
    with pytest.raises(errors.Refused, match=words):
        restore_backup(Settings(home=home), rewritten(copied, change), silent)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("elsewhere", ["postgresql"], indirect=True)
def test_what_only_a_database_finds_leaves_it_empty_and_free_for_a_backup_that_is_whole(
    copied: Path, elsewhere: Settings
) -> None:
    for name in ("a number beyond the database", "an image of no study", "an unknown column"):
        change, words = WRONG[name]
        with pytest.raises(errors.Refused, match=words):
            restore_backup(elsewhere, rewritten(copied, change), silent)
        assert list(elsewhere.home.iterdir()) == []
        assert [count(elsewhere, table) for table in (User, Image, Run)] == [0, 0, 0]
    restore_backup(elsewhere, copied, silent)
    assert count(elsewhere, Image) == 6


@ON_SQLITE
def test_what_was_under_way_is_cancelled_and_says_why(
    used: Settings, tmp_path: Path, elsewhere: Settings
) -> None:
    database = open_database(used.resolved_database_url)
    with database.begin() as session:
        runs.request(session, "import", {"paths": ["/somebody/elses/films"]})
        session.add(Run(kind="sweep", status="running", owner="a worker"))
    database.kw["bind"].dispose()
    write_backup(used, tmp_path / "backup.tar", silent)
    assert b"somebody" not in (tmp_path / "backup.tar").read_bytes()
    restore_backup(elsewhere, tmp_path / "backup.tar", silent)
    database = open_database(elsewhere.resolved_database_url)
    with database.begin() as session:
        assert [run.status for run in runs.recent(session)[:2]] == ["cancelled", "cancelled"]
        for run in runs.recent(session)[:2]:
            assert run.failure is not None
            assert "a restore starts nothing" in run.failure["what"]
            assert run.finished_at is not None
        assert [run.status for run in runs.recent(session)[2:]] == ["succeeded", "succeeded"]
        assert runs.request(session, "import", {}).status == "queued"
    database.kw["bind"].dispose()
    assert [count(elsewhere, table) for table in (LogIn, OneTimeLink)] == [0, 0]


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A key, kept elsewhere."""
    (tmp_path / "key").write_text(KEY)
    return str(tmp_path / "key")


@pytest.fixture
def sealed(used: Settings, key: str, tmp_path: Path) -> Path:
    """A backup under the key."""
    write_backup(used.model_copy(update={"backup_key": key}), tmp_path / "sealed.tar", silent)
    return tmp_path / "sealed.tar"


@ON_SQLITE
def test_a_sealed_backup_is_restored_with_its_key_and_without_one_with_a_word(
    sealed: Path, key: str, with_tables: Callable[[str], Settings]
) -> None:
    said: list[str] = []
    with_key = with_tables("with").model_copy(update={"backup_key": key})
    restore_backup(with_key, sealed, said.append)
    assert not any("seal" in words for words in said)
    restore_backup(with_tables("without"), sealed, said.append)
    assert any("not checked" in words for words in said)


@ON_SQLITE
def test_what_anybody_changed_is_refused_where_there_is_a_key(
    sealed: Path, key: str, tmp_path: Path
) -> None:
    guarded = Settings(home=tmp_path / "new", backup_key=key)
    changes: list[tuple[Change, str]] = [
        (row("user", role="admin"), "was changed"),
        (lambda files: files.update({"checkpoints/7/file": b"another model"}), "was changed"),
        (lambda files: files.update({"pseudonym.key": b"another key"}), "was changed"),
        (lambda files: files.update({"backup.seal": b"0" * 64}), "was changed"),
        (lambda files: files.update({"backup.seal": files["backup.seal"][:-1]}), "was changed"),
        (lambda files: files.pop("backup.seal"), "is not sealed"),
        (lambda files: files.update({"backup.seal ": b""}), "belongs into no backup"),
    ]
    for change, words in changes:
        with pytest.raises(errors.Refused, match=words):
            restore_backup(guarded, rewritten(sealed, change), silent)
        assert list(guarded.home.iterdir()) == []
    Path(key).write_text(KEY[::-1])
    with pytest.raises(errors.Refused, match="another key"):
        restore_backup(guarded, sealed, silent)


@ON_SQLITE
def test_a_key_that_protects_nothing_is_refused(used: Settings, key: str, tmp_path: Path) -> None:
    (used.home / "key").write_text(KEY)
    (tmp_path / "short").write_text("secret")
    for name, words in (
        (used.home / "key", "lies in the home folder"),
        (tmp_path / "short", "fewer than 32 bytes"),
        (tmp_path / "none", "cannot be read"),
    ):
        wrong = used.model_copy(update={"backup_key": str(name)})
        with pytest.raises(errors.Refused, match=words):
            write_backup(wrong, tmp_path / "backup.tar", silent)
        assert not (tmp_path / "backup.tar").exists()
