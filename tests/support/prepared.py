"""A workspace that many tests begin with: prepared once in a process, then copied for each."""

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, make_url
from support.servers import administration, copy_database, drop_database

from app.db.engine import Database
from app.settings import Settings


class Prepared:
    """Databases and home folders as one test prepared them, for the tests that follow.

    Args:
        folder: where the copies are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, int] = {}

    def begin(
        self, name: str, database: Database, settings: Settings, prepare: Callable[[], int]
    ) -> int:
        """Bring a fresh workspace to where `prepare` brought the first one of its kind.

        Args:
            name: of what is prepared.
            database: migrated and empty.
            settings: its home.
            prepare: carried out on the first workspace of each kind of database.

        Returns:
            What `prepare` returned.
        """
        if settings.store_url:
            return prepare()  # its films lie in a bucket of its own, not in the home folder
        engine: Engine = database.kw["bind"]
        kind = f"{name}_{engine.dialect.name}"
        kept, home = self._folder / kind, settings.home
        first = kind not in self._known
        if first:
            self._known[kind] = prepare()
        engine.dispose()
        source, target = (home, kept) if first else (kept, home)
        shutil.copytree(source, target, dirs_exist_ok=True, copy_function=shutil.copy)
        if engine.dialect.name == "postgresql":
            self._copy_database(engine, kind, keep=first)
        return self._known[kind]

    def _copy_database(self, engine: Engine, kept: str, keep: bool) -> None:
        own = make_url(engine.url).database
        source, target = (own, kept) if keep else (kept, own)
        with administration(engine.url) as server:
            drop_database(server, target)
            copy_database(server, source, target)
