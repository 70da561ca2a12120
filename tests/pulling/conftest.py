"""A PACS of the tests' own, and pulls from it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.dicomweb_peer import DicomWeb
from support.whole_runs import carry_out

from app.db.engine import Database, read_only
from app.db.learning import Run
from app.pulling import pulls
from app.runs import rules
from app.runs.kinds import PULL
from app.settings import Settings
from worker import patience


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for between two tries is not waited for here."""
    monkeypatch.setattr(patience, "WAITS", (0.01, 0.01))
    monkeypatch.setattr(patience, "AWAY", (0.01, 0.01))


@pytest.fixture
def peer() -> Iterator[DicomWeb]:
    peer = DicomWeb()
    yield peer
    peer.stop()


@pytest.fixture
def pull(
    sqlite_database: Database, settings: Settings, peer: DicomWeb
) -> Callable[..., tuple[Run, dict[str, int]]]:
    """Pulls from the test's own service; returns the run, and what became of how many."""

    def run(**asked: Any) -> tuple[Run, dict[str, int]]:
        here = settings.model_copy(update={"pull_from": peer.url, "dicom_film_mb": 1})
        settings.home.mkdir(exist_ok=True)
        with sqlite_database.begin() as session:
            asked = {"requests_per_second": 100} | asked
            run_id = rules.request(session, PULL, PULL.checked(asked)).id
        ended = carry_out(sqlite_database, here, run_id)
        with read_only(sqlite_database) as session:
            return ended, dict(pulls.counts(session, run_id))

    return run
