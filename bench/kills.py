"""Sweeps whose workers are killed at random moments: is every image labelled once at their end?

Two real workers on PostgreSQL and Redis share each sweep. At a moment drawn among its images one of
them, drawn too, is killed with its parent and started again. Printed are the moments, the images
that have no pseudo-label or more than one, the parts left over, and the processes that outlived
their parent.

    python -m bench kills [--kills 50] [--images 12288] [--rng 0]
"""

import argparse
import random
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from sqlalchemy import func, select
from support.servers import postgresql_server, redis_server

from app.db.engine import Database, read_only
from app.db.learning import PseudoLabel, Sweep
from app.db.work import Part, Worker
from app.settings import Settings
from bench import _sweeps
from worker import main as kinds
from worker import progress, sweep

KILLS_A_SWEEP = 5


@dataclass
class Tally:
    """What has been found over all sweeps."""

    kills: int = 0
    without: int = 0
    doubled: int = 0
    parts: int = 0
    seen: set[int] = field(default_factory=set)

    def orphans(self) -> int:
        """Return how many of the processes that were seen are still there."""
        return sum(map(is_ours, self.seen))


def killed_sweep(
    settings: Settings, database: Database, images: int, draw: random.Random, tally: Tally
) -> None:
    """Carry one sweep out with two workers that are killed, and count what it leaves."""
    sweep.PART = images // 24
    run = _sweeps.ask(database)
    progress.execute(database, settings, run.id, kinds.KINDS)
    moments = sorted(draw.sample(range(images + 1), KILLS_A_SWEEP))
    with ExitStack() as workers:
        pair = [workers.enter_context(start(settings)) for _ in range(2)]
        for moment in moments:
            _sweeps.wait_until(lambda moment=moment: labelled(database, run.id)[0] >= moment)
            tally.seen |= processes(database)
            place = draw.randrange(2)
            pair[place].kill()
            pair[place] = workers.enter_context(start(settings))
        _sweeps.wait_until(lambda: bool(_sweeps.run_of(database, run.id).finished_at))
        tally.seen |= processes(database)
    ended = _sweeps.run_of(database, run.id)
    assert ended.status == "succeeded", ended.failure
    labels, different = labelled(database, run.id)
    with read_only(database) as session:
        tally.parts += session.scalar(select(func.count(Part.id))) or 0
    tally.kills += len(moments)
    tally.without += images - different
    tally.doubled += labels - different
    print(f"killed after {moments}: {different} images with a label, {labels} labels", flush=True)


def start(settings: Settings) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    """Start a worker of one process."""
    return _sweeps.worker(settings, "--queues", "gpu", "--processes", "1")


def labelled(database: Database, run_id: int) -> tuple[int, int]:
    """Return the pseudo-labels of a run's sweep, and of how many images they are."""
    with read_only(database) as session:
        of_run = select(Sweep.id).where(Sweep.run_id == run_id).scalar_subquery()
        counts = select(func.count(), func.count(func.distinct(PseudoLabel.image_id)))
        labels, different = session.execute(counts.where(PseudoLabel.sweep_id == of_run)).one()
    return int(labels), int(different)


def processes(database: Database) -> set[int]:
    """Return the processes that say they are there."""
    with read_only(database) as session:
        return set(session.scalars(select(Worker.pid)))


def is_ours(pid: int) -> bool:
    """Whether a process is there and is a worker's."""
    try:
        return b"worker.solo" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def main() -> None:
    """Print each sweep and what is left at the end."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--images", type=int, default=12_288)
    asked.add_argument("--rng", type=int, default=0)
    given = asked.parse_args()
    draw, tally = random.Random(given.rng), Tally()
    with ExitStack() as servers:
        folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
        url = servers.enter_context(postgresql_server()) + "/postgres"
        broker = servers.enter_context(redis_server(folder))
        settings = Settings(
            home=folder / "home", database_url=url, broker_url=broker, run_lease_seconds=2
        )
        database = _sweeps.workspace(settings, given.images, "text")
        while tally.kills < given.kills:
            killed_sweep(settings, database, given.images, draw, tally)
        database.kw["bind"].dispose()
    print(
        f"{tally.kills} kills: {tally.without} images without a label, {tally.doubled} labels too"
        f" many, {tally.parts} parts left over, {tally.orphans()} processes left over"
    )


if __name__ == "__main__":
    main()
