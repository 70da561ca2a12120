"""Imports and sweeps whose workers are killed at random moments: does each film count once?

Two real workers on PostgreSQL and Redis share each run. At a moment drawn among its films one of
them, drawn too, is killed with its parent and started again. Printed are the moments and what is
wrong at the end: of a sweep, images that have no pseudo-label or more than one; of an import, films
without an image or with more than one, reports that are missing or doubled, files in the store that
no row names and rows whose file is not there; of both, parts left over, and processes that outlived
their parent.

    python -m bench kills [--of import] [--kills 50] [--images 12288] [--films 400] [--rng 0]
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from sqlalchemy import func, select
from support.servers import postgresql_server, redis_server

from app.db.archive import Image, Rendition, Report, Study
from app.db.engine import Database, migrate, open_database, read_only
from app.db.learning import PseudoLabel, Run, Sweep
from app.db.work import DecodedBatch, Part, Worker
from app.imaging.storage import Store
from app.settings import Settings
from bench import _imports, _sweeps
from worker import main as kinds
from worker import progress, sweep

KILLS_A_RUN = 5


class Killing:
    """Two workers, killed time and again, and what was found amiss over all runs.

    Args:
        settings: of the workers.
        database: the sessionmaker.
        queue: that they serve.
        draw: draws moments and workers.
    """

    def __init__(
        self, settings: Settings, database: Database, queue: str, draw: random.Random
    ) -> None:
        self.settings = settings
        self.database = database
        self.draw = draw
        self.kills = 0
        self.amiss: Counter[str] = Counter()
        self._queue = queue
        self._seen: set[int] = set()

    def carry_out(self, run: Run, films: int, done: Callable[[], int]) -> list[int]:
        """Have a run carried out by two workers that are killed; return the moments.

        Args:
            run: it waits.
            films: how many it has.
            done: says how many are done.
        """
        moments = sorted(self.draw.sample(range(films + 1), KILLS_A_RUN))
        with ExitStack() as workers:
            pair = [workers.enter_context(self._start()) for _ in range(2)]
            for moment in moments:
                self._wait_for(done, moment)
                self._seen |= processes(self.database)
                place = self.draw.randrange(2)
                pair[place].kill()
                pair[place] = workers.enter_context(self._start())
            _sweeps.wait_until(lambda: bool(_sweeps.run_of(self.database, run.id).finished_at))
            self._seen |= processes(self.database)
        ended = _sweeps.run_of(self.database, run.id)
        assert ended.status == "succeeded", ended.failure
        self.kills += len(moments)
        with read_only(self.database) as session:
            for table in (Part, DecodedBatch):
                left = session.scalar(select(func.count()).select_from(table)) or 0
                self.amiss[f"rows of {table.__tablename__} left over"] += left
        return moments

    def report(self) -> str:
        """Say what was found amiss."""
        self.amiss["processes left over"] = sum(map(is_ours, self._seen))
        found = ", ".join(f"{count} {what}" for what, count in sorted(self.amiss.items()))
        return f"{self.kills} kills: {found}"

    @staticmethod
    def _wait_for(done: Callable[[], int], moment: int) -> None:
        _sweeps.wait_until(lambda: done() >= moment)

    def _start(self) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        return _sweeps.worker(self.settings, "--queues", self._queue, "--processes", "1")


def killed_sweep(killing: Killing, images: int) -> None:
    """Carry one sweep out with workers that are killed, and count what it leaves."""
    database = killing.database
    sweep.PART = images // 24
    run = _sweeps.ask(database)
    progress.execute(database, killing.settings, run.id, kinds.KINDS)
    moments = killing.carry_out(run, images, lambda: labelled(database, run.id)[0])
    labels, different = labelled(database, run.id)
    killing.amiss["images without a label"] += images - different
    killing.amiss["labels too many"] += labels - different
    print(f"killed after {moments}: {different} images with a label, {labels} labels", flush=True)


def killed_import(killing: Killing, films: int, number: int) -> None:
    """Carry one import out with workers that are killed, and count what it leaves."""
    database, home = killing.database, killing.settings.home
    folder = _imports.small_films(home / f"films-{number}", films, f"d{number}")
    before = counted(database)
    run = _imports.ask(database, killing.settings, folder)
    moments = killing.carry_out(run, films, lambda: (counted(database) - before)["images"])
    found = counted(database)
    found.subtract(before)
    for what, expected in (("images", films), ("reports", films // 2), ("studies", films // 2)):
        killing.amiss[f"{what} missing"] += max(0, expected - found[what])
        killing.amiss[f"{what} too many"] += max(0, found[what] - expected)
    with read_only(database) as session:
        named = {*session.scalars(select(Image.stored_digest))}
        named |= {digest for digest in session.scalars(select(Rendition.digest)) if digest}
    stored = set(Store(home / "store").digests())
    killing.amiss["files that no row names"] = len(stored - named)
    killing.amiss["files missing"] = len(named - stored)
    print(f"killed after {moments}: {dict(found)}", flush=True)


def counted(database: Database) -> Counter[str]:
    """Return how many different films, studies and reports are registered."""
    columns = {
        "images": func.count(Image.id),
        "films": func.count(Image.source_digest.distinct()),
        "studies": func.count(Study.id),
        "reports": func.count(Report.id),
    }
    with read_only(database) as session:
        return Counter({name: session.scalar(select(each)) or 0 for name, each in columns.items()})


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
    """Print each run and what is left at the end."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--of", choices=["import", "sweep"], default="sweep")
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--images", type=int, default=12_288, help="of a sweep")
    asked.add_argument("--films", type=int, default=400, help="of an import")
    asked.add_argument("--rng", type=int, default=0)
    given = asked.parse_args()
    with ExitStack() as servers:
        folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
        url = servers.enter_context(postgresql_server()) + "/postgres"
        broker = servers.enter_context(redis_server(folder))
        settings = Settings(
            home=folder / "home", database_url=url, broker_url=broker, run_lease_seconds=2
        )
        if given.of == "sweep":
            database, queue = _sweeps.workspace(settings, given.images, "text"), "gpu"
        else:
            migrate(url)
            database, queue = open_database(url), "decode"
        killing = Killing(settings, database, queue, random.Random(given.rng))
        while killing.kills < given.kills:
            if given.of == "sweep":
                killed_sweep(killing, given.images)
            else:
                killed_import(killing, given.films, killing.kills)
        database.kw["bind"].dispose()
    print(killing.report())


if __name__ == "__main__":
    main()
