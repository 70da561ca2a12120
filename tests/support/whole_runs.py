"""Runs carried out in the test's own process, with all their parts."""

from collections.abc import Mapping

from sqlalchemy import select

from app.db.engine import Database
from app.db.learning import Run
from app.db.work import Part
from app.runs import rules
from app.settings import Settings
from worker import main, parts, progress
from worker.progress import Execute
from worker.table import tasks_of


def carry_out(
    database: Database, settings: Settings, run_id: int, kinds: Mapping[str, Execute] = main.KINDS
) -> Run:
    """Plan a run, do its parts one after the other and close it; one without parts is just done."""
    progress.execute(database, settings, run_id, kinds)
    with database() as session:
        waiting = session.scalars(select(Part.id).where(Part.run_id == run_id)).all()
    for part_id in waiting:
        parts.execute(database, settings, part_id, tasks_of(main.KINDS))
    if waiting:
        progress.execute(database, settings, run_id, kinds)
    with database() as session:
        return rules.find(session, run_id)
