"""Runs carried out in the test's own process, with all their parts."""

from collections.abc import Mapping

from support import import_runs

from app.db.engine import Database
from app.db.learning import Run
from app.settings import Settings
from worker import main
from worker.progress import Execute


def carry_out(
    database: Database, settings: Settings, run_id: int, kinds: Mapping[str, Execute] = main.KINDS
) -> Run:
    """Plan a run, do its parts one after the other and close it; one without parts is just done."""
    return import_runs.carry_out(database, settings, run_id, main.KINDS | dict(kinds))
