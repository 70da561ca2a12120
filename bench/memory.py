"""Peak memory of a sweep and of a classifier's training, for archives of several lengths.

Rows and films are made by a program: rows without people in SQLite, squares of 32 pixels as they
are kept between runs, so that a million take a gigabyte and nothing is decoded. Each figure is the
peak resident memory of a process of its own, mapped files and all.

- training: what is known is listed from the database, the films are mapped, and a network learns
  from some thousands of them, drawn among all.
- sweep: all films are predicted by one network and their rows are written.

    python -m bench memory [--films 10000 1000000] [--sweep 10000 100000]
"""

import argparse
import dataclasses
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select, update

from app.db.archive import Image
from app.db.engine import Database, migrate, open_database, snapshot
from app.db.learning import PseudoLabel, Run, Sweep
from app.settings import Settings
from app.training import rules as training
from bench._swept import CLASSES, fill
from bench.sweep_speed import begin, whole_part
from models.images.classifier import Classifier
from models.images.kept_films import KeptFilms
from models.images.networks import build_network
from models.labeler import Labeler
from models.machine import placed, use_threads
from models.recipe import Recipe
from worker.films import KEPT
from worker.progress import Running

RECIPE = Recipe(size=32, presentations=6400, least_epochs=0, test_time_flip=False)
AT_ONCE = 10_000


def prepare(home: Path, n: int) -> tuple[Settings, Database, Run, int]:
    """Fill a home folder: n images, their films, and a sweep under way."""
    settings = Settings(home=home, disk_reserve_mb=0, run_lease_seconds=10**6)
    migrate(f"sqlite:///{home}/condyle.sqlite3")
    database = open_database(f"sqlite:///{home}/condyle.sqlite3")
    fill(database, (f"{i:064x}" for i in range(1, n + 1)), n)
    kept, random = KeptFilms(home / KEPT, RECIPE.size), np.random.default_rng(0)
    for ids in blocks(n):
        names = bytes.fromhex("".join(f"{i:064x}" for i in ids))
        films = random.integers(0, 256, (len(ids), RECIPE.size, RECIPE.size)).astype(np.uint8)
        kept.add(np.array(ids), np.frombuffer(names, np.uint8).reshape(-1, 32), films)
    run, sweep_id = begin(database)
    return settings, database, run, sweep_id


def blocks(n: int) -> Iterator[list[int]]:
    """Return the numbers from 1 to n, some at a time."""
    for start in range(1, n + 1, AT_ONCE):
        yield list(range(start, min(start + AT_ONCE, n + 1)))


def to_learn_from(database: Database, sweep_id: int, n: int) -> None:
    """Write pseudo-labels that wait for review."""
    for ids in blocks(n):
        rows = [
            {"sweep_id": sweep_id, "image_id": i, "class_id": i % 3 + 1, "confidence": 0.8}
            | {"probabilities": [0.1, 0.1, 0.8], "conflict": False, "status": "needs_review"}
            | {"report_version": 0, "not_read": "", "guessed": False}
            for i in ids
        ]
        with database.begin() as session:
            session.execute(insert(PseudoLabel), rows)
    with database.begin() as session:
        session.execute(update(Sweep).values(selected=True))


def train(running: Running[Any]) -> None:
    """Learn as a run does."""
    from worker.train_classifier import _learn, _list

    with snapshot(running.database) as session:
        found = training.require_sweep(session)
        some = itertools.islice(training.waiting(session, found), 30)
        read = [dataclasses.replace(film, class_index=n % 3) for n, (film, _) in enumerate(some)]
        known = _list(running, session, "final", read, found)
    _learn(running, "final", known, list(CLASSES), RECIPE)


def sweep(running: Running[Any], sweep_id: int) -> None:
    """Predict as a run does."""
    from worker.sweep import _predict

    network = placed(build_network(RECIPE.network, 3)).eval()
    images = Classifier(CLASSES, (network,), RECIPE)
    labeler = Labeler("image", CLASSES, RECIPE, (1 / 3,) * 3, None, images, None, {}, "")
    with running.reading() as session:
        classes = training.classes(session)
        n = session.scalar(select(func.count()).select_from(Image)) or 0
    _predict(whole_part(running, n), sweep_id, labeler, classes)


def measured(what: str, home: Path) -> None:
    """Do the work in this process and say what it took."""
    use_threads(1)
    settings = Settings(home=home, disk_reserve_mb=0, run_lease_seconds=10**6)
    database = open_database(f"sqlite:///{home}/condyle.sqlite3")
    with database.begin() as session:
        (run,) = session.query(Run).all()
        (found,) = session.query(Sweep).all()
    running: Running[Any] = Running(database, settings, run, "bench")
    began = time.process_time()
    train(running) if what == "training" else sweep(running, found.id)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"mebibytes": used.ru_maxrss / 1024, "seconds": time.process_time() - began}
    print(json.dumps(told))


def main() -> None:
    """Print a row for each piece of work and length."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=int, nargs="*", default=[10_000, 1_000_000])
    parser.add_argument("--sweep", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--measured", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args(sys.argv[1:])
    if given.measured:
        measured(given.measured[0], Path(given.measured[1]))
        return
    for what, lengths in (("training", given.films), ("sweep", given.sweep)):
        for n in lengths:
            with tempfile.TemporaryDirectory() as home:
                _, database, _, sweep_id = prepare(Path(home), n)
                if what == "training":
                    to_learn_from(database, sweep_id, n)
                command = [sys.executable, "-m", "bench.memory", "--measured", what, home]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            told = json.loads(done.stdout.splitlines()[-1])
            print(
                f"{what:9} {n:>9,} films  {told['mebibytes']:6.0f} MiB"
                f"  {told['seconds']:6.0f} CPU seconds",
                flush=True,
            )


if __name__ == "__main__":
    main()
