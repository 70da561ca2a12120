"""What a page has PostgreSQL go through does not grow with the archive.

PostgreSQL itself says how many rows passed the nodes of each plan, so the figure is the same on
every machine. It has counted its tables before, as after a run.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection
from support.plans import follow
from support.servers import copy_database, drop_database
from support.web import Web
from test_growth import LARGE, SMALL, TOLERATED, costs, fill, too_much

from app import figures
from app.db import planner
from app.db.engine import open_database
from app.settings import Settings

NOTICED = 300
"""Rows below which a page is not judged: they are of tables that do not grow."""


@pytest.fixture(scope="module")
def grown(
    postgresql: str, administered: Connection, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, int]]:
    """The rows each page had gone through, in a small and in a large archive."""
    found = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(figures, "COUNTED_AT_ONCE", 1)
        patched.setattr(figures, "FRESH", timedelta(hours=1))
        for images in (SMALL, LARGE):
            name = f"growth_{images}"
            copy_database(administered, "migrated", name)
            found.append(_costs(f"{postgresql}/{name}", tmp_path_factory.mktemp(name), images))
            drop_database(administered, name)
    return found


def _costs(url: str, home: Path, images: int) -> dict[str, int]:
    database = open_database(url)
    web = Web(database, Settings(home=home, database_url=url))
    fill(web, images)
    planner.refresh(database)
    database.kw["bind"].dispose()
    take = follow(database)
    found = costs(web, lambda: sum(work.rows for work in take()))
    database.kw["bind"].dispose()
    return found


def test_no_page_goes_through_more_rows_in_a_larger_archive(grown: list[dict[str, int]]) -> None:
    before, after = grown
    assert too_much(before, after, TOLERATED, NOTICED) == {}
    assert max(after.values()) > NOTICED  # the rows are counted at all
