"""A sweep from renditions, end to end, beside the forward pass of its networks on films in memory.

The sweep reads the renditions of 512 pixels from the store, fits them into squares, predicts, and
writes rows; then again, when the films are kept. The labeler reads images: four networks and the
mirror image, as a trained one does. Rates are films a second, by the wall and by CPU seconds of the
whole process; the share is that of the forward pass. Networks run on one thread, so that a second
core, where there is one to spare, decodes.

    python -m bench sweep_speed [--films 2048] [--turns 3] [NETWORK:SIZE ...]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sqlalchemy import delete

from app.db.engine import Database, migrate, open_database
from app.db.learning import ModelVersion, PseudoLabel, Run, Sweep
from app.db.work import Part
from app.imaging.storage import Store
from app.settings import Settings
from app.training import rules as training
from bench._swept import CLASSES, fill, renditions
from models.images.classifier import Classifier
from models.images.forward import WORTH_CONVERTING
from models.images.networks import build_network
from models.images.prediction import averaged, network_input
from models.images.reading import read_in_batches
from models.labeler import Labeler
from models.machine import at_once, placed, use_threads
from models.recipe import Recipe
from worker.films import films
from worker.parts import RunningPart
from worker.progress import Running
from worker.sweep import _predict

NETWORKS = ("resnet18_quarter:128", "mobilenet_v3_small:192")


def labeler_of(name: str, size: int) -> Labeler:
    """Return a labeler of four networks that have learned nothing."""
    recipe = Recipe(network=name, size=size)
    networks = tuple(placed(build_network(name, 3)).eval() for _ in range(recipe.folds))
    images = Classifier(CLASSES, networks, recipe)
    images.forwards.to_predict(WORTH_CONVERTING)
    shares = (1 / 3,) * 3
    return Labeler("image", CLASSES, recipe, shares, None, images, None, {}, "")


def begin(database: Database) -> tuple[Run, int]:
    """Write the rows of a sweep under way."""
    with database.begin() as session:
        run = Run(kind="sweep", status="running", owner="bench")
        session.add(run)
        session.flush()
        version = ModelVersion(
            role="labeler",
            method="image",
            run_id=run.id,
            folder="none",
            digest="",
            recipe={},
            training_digest="",
        )
        session.add(version)
        session.flush()
        sweep = Sweep(run_id=run.id, labeler_id=version.id, tolerated_error=0.05)
        session.add(sweep)
        session.flush()
        return run, sweep.id


def whole_part(running: Running[Any], n: int) -> RunningPart[Any]:
    """Return a part of a sweep that is all of it, claimed."""
    with running.database.begin() as session:
        part = Part(
            run_id=running.run_id,
            number=1,
            task="sweep/1",
            resource="gpu",
            range={"first": 1, "last": n},
            status="running",
            owner="bench",
            total=n,
        )
        session.add(part)
        session.flush()
        run = session.get_one(Run, running.run_id)
    return RunningPart(running.database, running.settings, run, part, "bench", stops=False)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the wall and CPU seconds of some work."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(
    name: str, size: int, settings: Settings, database: Database, films_in_all: int, turns: int
) -> None:
    """Print a table of one labeler."""
    labeler = labeler_of(name, size)
    images = labeler.images
    assert images
    recipe = images.recipe
    run, sweep_id = begin(database)
    with database.begin() as session:
        classes = training.classes(session)
        rows = training.for_sweep(session, sweep_id, 0, films_in_all, limit=512)
    running: Running[Any] = Running(database, settings, run, "bench")
    memory = [
        network_input(some)
        for pixels in read_in_batches(films(rows, running.store), size)
        for some in torch.from_numpy(pixels).split(at_once())
    ]
    part, total = whole_part(running, films_in_all), films_in_all

    def forward() -> None:
        with torch.inference_mode():
            for some in memory:
                averaged(images.forwards.to_predict(0), some, recipe.test_time_flip)

    def sweep() -> None:
        with database.begin() as session:
            session.execute(delete(PseudoLabel))
        _predict(part, sweep_id, labeler, classes)

    print(f"\n{name} at {size}, films a second by the wall, by CPU seconds")
    best: dict[str, list[tuple[float, float]]] = {}
    forward()
    for _ in range(turns):
        for way, work, n in (
            ("forward pass, in memory", forward, len(rows)),
            ("sweep, decoding", sweep, total),
            ("sweep, films kept", sweep, total),
        ):
            if way == "sweep, decoding":
                for kept in (settings.home / "films").glob("*/*"):
                    kept.unlink()
            wall, cpu = timed(work)
            best.setdefault(way, []).append((n / wall, n / cpu))
    limit = [max(rates) for rates in zip(*best["forward pass, in memory"], strict=True)]
    for way, turns_of in best.items():
        wall, cpu = (max(rates) for rates in zip(*turns_of, strict=True))
        print(
            f"{way:26} {wall:7.0f} {cpu:7.0f}   share {wall / limit[0]:.2f} {cpu / limit[1]:.2f}",
            flush=True,
        )


def main() -> None:
    """Print one table a labeler."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--films", type=int, default=2048)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args(sys.argv[1:])
    use_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), disk_reserve_mb=0, run_lease_seconds=10**6)
        migrate(f"sqlite:///{folder}/condyle.sqlite3")
        database = open_database(f"sqlite:///{folder}/condyle.sqlite3")
        fill(database, renditions(Store(Path(folder) / "store"), given.films), given.films)
        for named in given.networks:
            name, _, size = named.partition(":")
            measure(name, int(size), settings, database, given.films, given.turns)


if __name__ == "__main__":
    main()
