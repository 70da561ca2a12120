"""Who may open the files of an installation: its owner, nobody else."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from app.settings import Settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The rights of the group and of everybody."""
BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps, by what is added to the database's name."""


def set_umask() -> None:
    """Make what this process and those it starts write from now on readable by its owner alone."""
    os.umask(OTHERS)


def keep_to_the_owner(settings: Settings) -> None:
    """Make what was written and what will be written readable by its owner alone.

    What earlier releases left open to others is narrowed where it is ours: the home folder, what
    lies in it, and the database. What others own stays as it is; `condyle doctor` names it.

    Args:
        settings: whose home folder and database.
    """
    set_umask()
    for path in open_to_others(settings):
        if path.stat().st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def open_to_others(settings: Settings) -> list[Path]:
    """Return what somebody else than the owner may open: the home folder, its parts, the database.

    A folder that is shut shuts all that lies in it, so no folder is walked through.
    """
    return [path for path in _private(settings) if _is_open(path)]


def _private(settings: Settings) -> Iterator[Path]:
    home = settings.home
    if home.is_dir():
        yield home
        yield from sorted(home.iterdir())
    url = make_url(settings.resolved_database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        database = Path(url.database)
        if database.parent.resolve() != home.resolve():
            yield from (database.with_name(database.name + end) for end in BESIDE)


def _is_open(path: Path) -> bool:
    """Links have no rights of their own, and a file may be gone since it was listed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISLNK(mode) and bool(stat.S_IMODE(mode) & OTHERS)
