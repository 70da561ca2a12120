"""Wall time of a sweep from renditions by one worker process and by two, with a thread each.

The parts are predicted to their end; what follows them is one worker's. The clock runs from the
first films that every process has written to the last, so that loading torch is not in it. Both
take turns, and each row is one turn.

    python -m bench workers [--images 4096] [--turns 3]
"""

import argparse
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from app.db.engine import Database, read_only
from app.db.learning import PseudoLabel
from app.db.work import Part
from app.runs import rules
from app.settings import Settings
from bench import _sweeps
from models.machine import use_threads
from worker import main as kinds
from worker import progress, sweep


def rate(settings: Settings, database: Database, processes: int) -> float:
    """Return the images a second that so many processes predict."""
    run = _sweeps.ask(database)
    progress.execute(database, settings, run.id, kinds.KINDS)
    with _sweeps.worker(settings, "--queues", "gpu", "--processes", f"{processes}"):
        _sweeps.wait_until(lambda: begun(database) >= processes)
        at, done = time.monotonic(), predicted(database, run.id)
        _sweeps.wait_until(lambda: not unfinished(database))
        seconds, all_done = time.monotonic() - at, predicted(database, run.id)
        with database.begin() as session:
            rules.cancel(session, run.id)
        _sweeps.wait_until(lambda: bool(_sweeps.run_of(database, run.id).finished_at))
    return (all_done - done) / seconds


def begun(database: Database) -> int:
    """Return how many processes have written films."""
    with read_only(database) as session:
        owners = select(func.count(func.distinct(func.substr(Part.owner, 1, 12))))
        return session.scalar(owners.where(Part.done > 0)) or 0


def unfinished(database: Database) -> bool:
    """Whether a part waits or runs."""
    with read_only(database) as session:
        left = select(Part.id).where(Part.status.in_(("queued", "running"))).limit(1)
        return session.scalar(left) is not None


def predicted(database: Database, run_id: int) -> int:
    """Return how many images the newest sweep has predicted."""
    with read_only(database) as session:
        newest = select(func.max(PseudoLabel.sweep_id)).scalar_subquery()
        return session.scalar(select(func.count()).where(PseudoLabel.sweep_id == newest)) or 0


def main() -> None:
    """Print images a second of one process, of two, and their ratio."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--images", type=int, default=4096)
    asked.add_argument("--turns", type=int, default=3)
    given = asked.parse_args()
    use_threads(0)
    sweep.PART = given.images // 32  # so that no process is idle at the end
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", threads=1)
        database = _sweeps.workspace(settings, given.images, "image")
        for turn in range(given.turns):
            order = (1, 2) if turn % 2 == 0 else (2, 1)
            rates = {processes: rate(settings, database, processes) for processes in order}
            both = f"one {rates[1]:6.1f}  two {rates[2]:6.1f} images a second"
            print(f"{both}  ratio {rates[2] / rates[1]:4.2f}", flush=True)


if __name__ == "__main__":
    main()
