"""What `condyle doctor` says of one thing after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.db.engine import open_database, read_only
from app.errors import CondyleError
from app.settings import Settings


class Check(NamedTuple):
    """One thing looked at: whether it is good, and in words what it is or what to do."""

    good: bool
    words: str


def refused(error: CondyleError) -> Check:
    """Return what is said of a setting that cannot be used."""
    return Check(False, f"{error.what} {error.where}: {error.do}")


@contextmanager
def reading(settings: Settings) -> Iterator[Session]:
    """Open the workspace's database for one look at it, and leave no connection."""
    database = open_database(settings.resolved_database_url)
    try:
        with read_only(database) as session:
            yield session
    finally:
        database.kw["bind"].dispose()
