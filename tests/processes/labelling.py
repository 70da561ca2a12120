"""A worker process that labels every image of a sweep alike: all of a sweep but the network.

Each few images take it a moment, and it says nothing of a moment's length: tests kill it by what it
has written.
"""

import multiprocessing
import os
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from typing import Any

import time_machine
from sqlalchemy import func, select

from app.db.engine import open_database, read_only
from app.db.learning import PseudoLabel, Sweep
from app.db.work import RESOURCES
from app.runs.kinds import SWEEP
from app.runs.parts import Share
from app.settings import settings
from app.training import rules as training
from app.training import shares
from worker.parts import InParts, RunningPart
from worker.reaper import Reaper
from worker.taking import take_work

PART, SHARD = 40, 8


def plan(running: Any) -> list[Share]:
    with running.transaction() as session:
        if session.scalar(select(Sweep.id).where(Sweep.run_id == running.run_id)) is None:
            session.add(Sweep(run_id=running.run_id, labeler_id=1, tolerated_error=0.05))
    with read_only(running.database) as session:
        found = shares.shares_of_sweep(session, PART)
        return [Share({"first": first, "last": last}, count) for first, last, count in found]


def label(part: RunningPart[Any]) -> dict[str, Any]:
    first, last = part.range["first"], part.range["last"]
    with read_only(part.database) as session:
        sweep_id = session.scalars(select(Sweep.id).where(Sweep.run_id == part.run_id)).one()
        done = shares.count_predicted(session, sweep_id, first, last)
    after = first - 1
    while True:
        part.check()
        with read_only(part.database) as session:
            shard = training.for_sweep(session, sweep_id, after, last, limit=SHARD)
        if not shard:
            return {}
        time.sleep(0.02)
        after, done = shard[-1].image_id, done + len(shard)
        same = {"sweep_id": sweep_id, "class_id": 1, "probabilities": [1.0], "confidence": 1.0}
        with part.transaction() as session:
            session.add_all(PseudoLabel(image_id=film.image_id, **same) for film in shard)
            part.advance(session, done)


def close(running: Any) -> Any:
    with read_only(running.database) as session:
        count = session.scalar(select(func.count(PseudoLabel.id)))
    figures = dict.fromkeys(("level", "calibration_reads", "calibration_wrong", "accepted"), 0)
    return SWEEP.result(sweep=1, labeler=1, tolerated_error=0.05, needs_review=count, **figures)


SWEEPING: InParts[Any, Any] = InParts("labelling/1", "gpu", plan, label, close)


NURSERY = multiprocessing.get_context("forkserver")
"""Of processes that have loaded what a worker needs, which takes longer than a sweep."""
NURSERY.set_forkserver_preload(["worker.taking", "worker.parts", "worker.reaper", "time_machine"])


def begin(name: str, environment: Mapping[str, str], seconds_ahead: int) -> BaseProcess:
    """Start a worker that takes all work of a workspace.

    Args:
        name: of the worker.
        environment: its settings.
        seconds_ahead: of its clock.
    """
    worker = NURSERY.Process(target=_work, args=(name, dict(environment), seconds_ahead))
    worker.start()
    return worker


def _work(name: str, environment: dict[str, str], seconds_ahead: int) -> None:
    os.environ.update(environment)
    if seconds_ahead:
        time_machine.travel(time.time() + seconds_ahead, tick=True).start()
    database = open_database(settings().resolved_database_url)
    Reaper(database, settings(), list).start()
    take_work(settings(), name, RESOURCES, lambda _queue: {"sweep": SWEEPING})
