"""What whoever follows a run is shown: how far its parts are, who works, and what nobody takes."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from sqlalchemy.orm import Session

from app import formats
from app.db.learning import Run
from app.runs import pace, workers
from app.runs.states import PartsState, RunState, state_of
from app.runs.workers import Standing
from app.texts import _, ngettext

MINUTE, HOUR = 60, 3600


def standing_of(session: Session, run: Run) -> RunState[Any, Any]:
    """Return a run as it stands; of one whose parts are under way, done and total are their sums.

    Raises:
        errors.Refused: it is of a kind that this release does not know.
    """
    state = state_of(run)
    if run.finished_at is not None:
        return state
    state.waits_for = workers.nobody_takes(session, run)
    found = pace.pace(session, run.id)
    if found is not None:
        state.parts = PartsState.model_validate(found)
        state.done, state.total = found.done, found.total
    return state


def in_words(state: RunState[Any, Any]) -> str:
    """Say how far the parts of a run are, how fast they get on and how long they will take."""
    parts = state.parts
    if parts is None:
        return ""
    words = [
        _(
            "{ended} of {count} parts done",
            ended=formats.count(parts.ended),
            count=formats.count(parts.count),
        ),
        _("{running} under way", running=formats.count(parts.running)),
    ]
    if parts.failed:
        words.append(_("{failed} failed", failed=formats.count(parts.failed)))
    if parts.rate:
        words.append(_("{rate} films a second", rate=_rate(parts.rate)))
    if parts.seconds_left is not None:
        words.append(_left(parts.seconds_left))
    return ", ".join(words)


def who_works(standing: Sequence[Standing]) -> list[str]:
    """Say of each live worker where it is, what it takes, and what it is doing."""
    return [_worker(each) for each in standing]


def _worker(standing: Standing) -> str:
    worker = standing.worker
    where = {"host": worker.host, "pid": worker.pid, "queues": ", ".join(worker.queues)}
    if standing.run_id is None:
        return _("{host}, process {pid} ({queues}): waits for work", **where)
    if standing.part is None:
        return _("{host}, process {pid} ({queues}): run {run}", **where, run=standing.run_id)
    return _(
        "{host}, process {pid} ({queues}): run {run}, part {part}",
        **where,
        run=standing.run_id,
        part=standing.part,
    )


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _left(seconds: float) -> str:
    if seconds < HOUR:
        minutes = max(1, ceil(seconds / MINUTE))
        return ngettext(
            "about {number} minute left", "about {number} minutes left", minutes, number=minutes
        )
    hours = round(seconds / HOUR)
    return ngettext("about {number} hour left", "about {number} hours left", hours, number=hours)
