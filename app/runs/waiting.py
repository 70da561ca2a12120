"""Waiting for a run to end, as commands do that were asked to."""

import time
from collections.abc import Callable

from app import errors
from app.db.engine import Database, read_only
from app.db.learning import Run
from app.runs import rules

LOOK_SECONDS = 0.2


def wait_for(
    database: Database,
    run_id: int,
    say: Callable[[str], None] = lambda _: None,
    looked: Callable[[Run], None] = lambda _: None,
) -> Run:
    """Wait until a run has ended.

    Args:
        database: the workspace.
        run_id: the run.
        say: told the lines of its log as they are written.
        looked: told the run each time it was looked at.

    Raises:
        errors.Refused: it failed, with its own reason, or was cancelled.
    """
    seen = 0
    while True:
        with read_only(database) as session:
            run = rules.find(session, run_id)
            lines = rules.log_of(session, run_id, seen)
        for line in lines:
            seen = line.id
            say(line.text)
        looked(run)
        if run.status == "succeeded":
            return run
        if run.status == "failed":
            raise errors.Refused(**(run.failure or {"what": "The run failed."}))
        if run.status == "cancelled":
            raise errors.Refused("The run was cancelled.", f"run {run_id}", "Start it again.")
        time.sleep(LOOK_SECONDS)
