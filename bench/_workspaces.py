"""Workspaces of any size on SQLite and PostgreSQL, made once and kept in the temporary folder."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from app.db.engine import Database, migrate, open_database
from app.settings import Settings
from bench._archive import fill, label_all

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.servers import postgresql_server

KEPT = Path(tempfile.gettempdir()) / "condyle-archives"


@contextmanager
def workspaces(
    kind: str, sizes: list[int], labelled: bool = False
) -> Iterator[list[tuple[Database, Settings]]]:
    """Yield a workspace of each size, made where it is not kept from an earlier time.

    Args:
        kind: `sqlite` or `postgresql`.
        sizes: how many images each has.
        labelled: whether every one of them has a label and a read.
    """
    with ExitStack() as stack:
        KEPT.mkdir(exist_ok=True, mode=0o755)
        server = ""
        if kind == "postgresql":
            server = stack.enter_context(postgresql_server(KEPT / "postgresql"))
        opened = []
        for size in sizes:
            name = f"{size}_labelled" if labelled else str(size)
            home = KEPT / f"{kind}-{name}"
            home.mkdir(exist_ok=True)
            url = f"{server}/images_{name}" if server else f"sqlite:///{home}/condyle.sqlite3"
            _make(url, home, size, labelled)
            database = open_database(url)
            stack.callback(database.kw["bind"].dispose)
            opened.append((database, Settings(home=home, database_url=url)))
        yield opened


def _make(url: str, home: Path, size: int, labelled: bool) -> None:
    """Bring a workspace up to date; fill it first where it is new."""
    whole = home / "whole"
    if not whole.exists():
        began = time.perf_counter()
        if url.startswith("sqlite"):
            (home / "condyle.sqlite3").unlink(missing_ok=True)
        else:
            server, _, name = url.rpartition("/")
            plain = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
            with plain.connect() as connection:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
                connection.execute(text(f"CREATE DATABASE {name}"))
            plain.dispose()
        migrate(url)
        database = open_database(url)
        with database.begin() as session:
            fill(session, size)
            if labelled:
                label_all(session, size)
        database.kw["bind"].dispose()
        whole.touch()
        print(f"made {size:,} images in {time.perf_counter() - began:.0f} s", flush=True)
    migrate(url)
