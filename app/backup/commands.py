"""What `condyle backup` and `condyle restore` do: a whole installation as one file, and back.

A backup is made while people read and workers work: the database is seen at one moment, and the
files its rows name were written before the rows and are never changed. It can be restored on SQLite
and on PostgreSQL, whichever it came from.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Table, delete, make_url, select
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.backup import rows
from app.backup.damage import damaged
from app.backup.seal import key_of
from app.backup.tar_file import (
    CHECKPOINTS,
    FOLDERS,
    KEY,
    STORE,
    TABLES,
    Facts,
    Say,
    State,
    files_of,
    pack,
    unpack,
)
from app.db.engine import Database, migrate, newest_revision, open_database, snapshot
from app.db.learning import Run
from app.db.people import User
from app.db.tables import now
from app.imaging.storage import Store
from app.imaging.stores import open_store
from app.new_files import new_file
from app.runs.rules import end_all
from app.settings import Settings

SQLITE = "condyle.sqlite3"
UNDER_WAY = {
    "what": "This run was under way when the backup was made, and a restore starts nothing.",
    "where": "",
    "do": "Start it again if it is still wanted.",
}


def write_backup(settings: Settings, file: Path, say: Say) -> None:
    """Write everything there is into one new file, readable by its owner only.

    Args:
        settings: whose database and home folder.
        file: where; it appears when it is complete.
        say: told how far it is.

    Raises:
        errors.Refused: the file exists, there is no database yet, the key that seals it cannot be
            used, or the disk does not take it.
    """
    if not _has_database(settings):
        raise errors.Refused(
            "There is nothing to back up yet.",
            str(settings.home),
            "Set CONDYLE_HOME to the folder Condyle was used with.",
        )
    key = key_of(settings)
    database = open_database(settings.resolved_database_url)
    with (
        new_file(file, "The backup", "Nothing else has changed.") as whole,
        tempfile.TemporaryDirectory(dir=file.parent) as scratch,
    ):
        state = _write_tables(database, Path(scratch))
        store = open_store(settings)
        for folder in store.shared_folders():
            store.fetch_folder(settings.home, folder)
        found = list(files_of(settings.home, store))
        pack(whole, Path(scratch), state, found, key, say)
    if state.revision == newest_revision():  # else there is no chain yet that it could be added to
        with database.begin() as session:
            record(session, None, "back up", f"{len(found)} files")
    database.kw["bind"].dispose()
    say(f"Written: {file}, {sum(state.rows.values()):,} rows and {len(found):,} files.")


def restore_backup(settings: Settings, file: Path, say: Say) -> None:
    """Restore a backup into an empty home folder and an empty database.

    Everything is unpacked and checked beside its place first.

    Args:
        settings: whose database and home folder.
        file: as `write_backup` wrote it.
        say: told how far it is.

    Raises:
        errors.NotFound: there is no such file.
        errors.Refused: something is there already, or the file is damaged, no backup, of a later
            release, or not sealed with the key that is set. Nothing of it is left then.
    """
    if not file.is_file():
        raise errors.NotFound("There is no such file.", str(file), "Name a backup.")
    home, key = settings.home, key_of(settings)
    _refuse_what_is_there(settings)
    draft = home / ".restoring"
    shutil.rmtree(draft, ignore_errors=True)
    url = settings.database_url or f"sqlite:///{draft.resolve() / SQLITE}"
    try:
        draft.mkdir(parents=True)
        facts = unpack(file, draft, key, say)
        if settings.store_url:
            _send(open_store(settings), draft)
        _load(url, draft, facts)
        shutil.rmtree(draft / TABLES)
        for piece in sorted(draft.iterdir()):
            piece.rename(home / piece.name)
        os.sync()
    except OSError as error:
        raise errors.Refused(
            f"The backup could not be restored ({error.strerror}).",
            str(file),
            "Check that it can be read and that the home folder's disk has room.",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    say(f"Restored: the state of {facts.made_at}. People log in with their passwords.")
    say("Nothing goes on by itself: runs that were under way are cancelled.")


def _write_tables(database: Database, folder: Path) -> State:
    """Write each table to a file, as of one moment, and return what they were."""
    with snapshot(database) as session:
        counts = {
            table.name: rows.dump(session, table, folder / f"{table.name}.jsonl")
            for table in rows.tables_of(session)
        }
        return State(
            condyle=version("condyle"),
            revision=rows.revision_of(session) or "",
            made_at=now().isoformat(timespec="seconds"),
            rows=counts,
        )


def _send(store: Store, draft: Path) -> None:
    """Put what was unpacked into a bucket; what nobody comes to name there does no harm."""
    for path in (draft / STORE).rglob("*"):
        if path.is_file():
            store.put(path.read_bytes())
    shutil.rmtree(draft / STORE, ignore_errors=True)
    for path in draft.glob(f"{CHECKPOINTS}/*"):
        store.share_folder(draft, f"{CHECKPOINTS}/{path.name}")


def _load(url: str, draft: Path, facts: Facts) -> None:
    """Fill the database with the backup's rows, all or none, and bring it up to date."""
    database = open_database(url)
    try:
        with database() as session:
            begun = rows.revision_of(session)
        if begun not in (None, facts.revision):
            migrate(url, "base")
        migrate(url, facts.revision)
        with database.begin() as session:
            tables = rows.tables_of(session)
            _check_tables(tables, facts)
            for table in reversed(tables):
                session.execute(delete(table))  # what migrations have put there
            for table in tables:
                rows.load(session, table, draft / TABLES / f"{table.name}.jsonl")
        migrate(url)
        with database.begin() as session:
            end_all(session, UNDER_WAY)
            record(session, None, "restore", "backup", made_at=facts.made_at)
    finally:
        database.kw["bind"].dispose()


def _check_tables(tables: Sequence[Table], facts: Facts) -> None:
    """Refuse a backup that lacks one of the database's tables, or has another."""
    if differing := {f"{table.name}.jsonl" for table in tables} ^ facts.tables.keys():
        raise damaged(f"it differs in its tables ({', '.join(sorted(differing))[:200]})")


def _has_database(settings: Settings) -> bool:
    """Whether there is a database; SQLite would make one by being asked."""
    url = make_url(settings.resolved_database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


def _refuse_what_is_there(settings: Settings) -> None:
    """Refuse to restore over anything: a home folder's pieces, or a database somebody has used."""
    home = settings.home
    there = [name for name in (*FOLDERS, KEY, SQLITE) if (home / name).exists()]
    if there:
        raise errors.Refused(
            "A backup is restored into an empty home folder only.",
            f"{home} holds {', '.join(there)}",
            "Set CONDYLE_HOME to a new folder, or move this one away.",
        )
    if settings.database_url and _has_database(settings):
        database = open_database(settings.database_url)
        with database() as session:
            used = rows.revision_of(session) and _is_used(session)
        database.kw["bind"].dispose()
        if used:
            raise errors.Refused(
                "A backup is restored into an empty database only.",
                "CONDYLE_DATABASE_URL",
                "Make a new database and name it there.",
            )


def _is_used(session: Session) -> bool:
    """Whether somebody has been added or something was run, so that rows could be lost."""
    return any(session.scalar(select(table.id).limit(1)) is not None for table in (User, Run))
