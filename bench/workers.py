"""Wall time of an import and of a sweep by one worker process and by two, with a thread each.

An import is of real films at real size, of every transfer syntax, into an empty archive. The clock
runs from its request to its end, plan and close included; the processes have done a small import
before, so that loading them is not in it.

A sweep is from renditions. Its parts are predicted to their end; what follows them is one worker's.
The clock runs from the first films that every process has written to the last.

Both take turns, and each row is one turn.

    python -m bench workers [--of import sweep] [--films 120] [--images 4096] [--turns 3]
"""

import argparse
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from app.db.engine import Database, migrate, open_database, read_only
from app.db.learning import PseudoLabel
from app.db.work import Part
from app.runs import rules
from app.settings import Settings
from bench import _imports, _radiographs, _sweeps
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


def import_rate(folder: Path, home: Path, processes: int) -> float:
    """Return the films a second that so many processes import."""
    settings = Settings(home=home, threads=1)
    migrate(settings.resolved_database_url)
    database = open_database(settings.resolved_database_url)
    with _sweeps.worker(settings, "--queues", "decode", "--processes", f"{processes}"):
        warm_up(database, settings, processes)
        at = time.monotonic()
        ended = _imports.wait_for(database, _imports.ask(database, settings, folder))
        seconds = time.monotonic() - at
    database.kw["bind"].dispose()
    return float(ended.result["imported"]) / seconds


def warm_up(database: Database, settings: Settings, processes: int) -> None:
    """Have small films imported until every process has taken some."""
    seen: set[str] = set()
    while len(seen) < processes:
        name = f"warm-{len(list(settings.home.glob('warm-*')))}"
        films = _imports.small_films(settings.home / name, 200, name)
        run = _imports.ask(database, settings, films)
        while not _sweeps.run_of(database, run.id).finished_at:
            seen |= _imports.owners(database)
            time.sleep(0.02)


def imports(films: int, turns: int) -> None:
    """Print films a second of one process, of two, and their ratio."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "films"
        for number, name in enumerate(_radiographs.PACKS):
            share = films // len(_radiographs.PACKS)
            _radiographs.write(folder / f"{number}", name, share)
        for turn in range(turns):
            order = (1, 2) if turn % 2 == 0 else (2, 1)
            rates = {
                processes: import_rate(folder, Path(place) / f"home-{turn}-{processes}", processes)
                for processes in order
            }
            print(f"import {row(rates)} films a second", flush=True)


def row(rates: dict[int, float]) -> str:
    """Return the rates of one process and of two, and their ratio."""
    return f"ratio {rates[2] / rates[1]:4.2f}: one {rates[1]:6.1f}  two {rates[2]:6.1f}"


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


def sweeps(images: int, turns: int) -> None:
    """Print images a second of one process, of two, and their ratio."""
    use_threads(0)
    sweep.PART = images // 32  # so that no process is idle at the end
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", threads=1)
        database = _sweeps.workspace(settings, images, "image")
        for turn in range(turns):
            order = (1, 2) if turn % 2 == 0 else (2, 1)
            rates = {processes: rate(settings, database, processes) for processes in order}
            print(f"sweep {row(rates)} images a second", flush=True)


def main() -> None:
    """Measure what is asked for."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--of", nargs="+", choices=["import", "sweep"], default=["import", "sweep"])
    asked.add_argument("--films", type=int, default=120, help="of an import")
    asked.add_argument("--images", type=int, default=4096, help="of a sweep")
    asked.add_argument("--turns", type=int, default=3)
    given = asked.parse_args()
    if "import" in given.of:
        imports(given.films, given.turns)
    if "sweep" in given.of:
        sweeps(given.images, given.turns)


if __name__ == "__main__":
    main()
