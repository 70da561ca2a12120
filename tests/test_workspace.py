"""The one row of facts about an installation stays one, however many ask for it first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from app.db.archive import Workspace
from app.db.engine import Database
from app.workspace import is_generated, locked_workspace


def test_several_who_ask_first_at_once_make_one_row_one_after_the_other(
    postgresql_database: Database,
) -> None:
    at_once, askers = Barrier(6), range(6)

    def ask(_which: int) -> int:
        at_once.wait()
        with postgresql_database.begin() as session:
            workspace = locked_workspace(session)
            session.flush()
            workspace.review_rng += 1
            workspace.generated = True
        return workspace.id

    with ThreadPoolExecutor(len(askers)) as pool:
        rows = set(pool.map(ask, askers))
    with postgresql_database() as session:
        assert session.scalar(select(func.count()).select_from(Workspace)) == len(rows) == 1
        assert session.scalar(select(Workspace.review_rng)) == len(askers), "each saw the last"
        assert is_generated(session)
