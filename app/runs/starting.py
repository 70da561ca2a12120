"""Starting a run, whoever asks: a page, the API, a command or a round that is played."""

from collections.abc import Mapping
from typing import Any

from app.db.engine import Database
from app.db.learning import Run
from app.runs import doorbell, rules
from app.runs.declaring import Kind, P, R
from app.settings import Settings


def start(
    database: Database,
    settings: Settings,
    kind: Kind[P, R],
    parameters: P | Mapping[str, Any],
    user_id: int | None = None,
) -> Run:
    """Queue a run in a transaction of its own, and ring a worker for it.

    Args:
        database: the workspace.
        settings: the workspace's.
        kind: what kind of run.
        parameters: as `rules.request` takes them.
        user_id: who asked, None for the command line.

    Raises:
        errors.Refused: the parameters are wrong, or something must be set before.
        errors.Conflict: a run of this kind is queued or running.
    """
    asked = kind.checked(parameters)
    kind.require(asked, settings)
    with database.begin() as session:
        run = rules.request(session, kind, asked, user_id)
    doorbell.ring(run, settings)
    return run
