"""A workspace to sweep: images with generated renditions, a labeler, and workers of its own."""

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from sqlalchemy import insert, select

from app.db.archive import Image, LabelClass, Patient, Rendition, Study
from app.db.engine import Database, migrate, open_database, read_only
from app.db.learning import ModelVersion, Run
from app.db.tables import now
from app.imaging.storage import Store
from app.runs import rules
from app.runs.kinds import SWEEP
from app.settings import Settings
from models.film import Film
from models.images.recipes import default_recipe
from models.labeler_training import train_labeler

CLASSES = ("normal", "abnormal", "arthroplasty")
DIFFERENT = 64
"""Different renditions; each is read and decoded for every image that has it."""
HEIGHT, WIDTH = 512, 416
SAYS = (
    "Joint spaces preserved. No osteophytes.",
    "Marked joint space narrowing with osteophytes.",
    "Total knee replacement in good position.",
)


def workspace(settings: Settings, images: int, method: str) -> Database:
    """Make a workspace of images that nobody has read, and a labeler for them.

    Args:
        settings: where; the database is empty.
        images: how many.
        method: what the labeler reads, `image` or `text`. It is trained for a moment: what it
            answers makes no difference to the time.
    """
    migrate(settings.resolved_database_url)
    database = open_database(settings.resolved_database_url)
    digests = _renditions(Store(settings.home / "store"))
    with database.begin() as session:
        classes = enumerate(CLASSES, 1)
        session.add_all(LabelClass(name=name, position=place) for place, name in classes)
        numbers = range(1, images + 1)
        patients = [{"id": n, "key": f"p{n}", "split": "development"} for n in numbers]
        session.execute(insert(Patient), patients)
        session.execute(insert(Study), [_study(n) for n in numbers])
        session.execute(insert(Image), [_image(n) for n in numbers])
        session.execute(insert(Rendition), [_rendition(n, digests) for n in numbers])
        run = Run(kind="train_labeler", status="succeeded", finished_at=now())
        session.add(run)
        session.flush()
        session.add(_labeler(settings, run.id, method, digests))
    return database


def ask(database: Database) -> Run:
    """Put a sweep among the runs; no worker is told of it yet."""
    with database.begin() as session:
        return rules.request(session, SWEEP, {})


def run_of(database: Database, run_id: int) -> Run:
    """Return the run as it stands."""
    with read_only(database) as session:
        return session.scalars(select(Run).where(Run.id == run_id)).one()


@contextmanager
def worker(settings: Settings, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `condyle worker`, which ends with the block."""
    command = [str(Path(sys.executable).with_name("condyle")), "worker", *options]
    process = subprocess.Popen(command, env=os.environ | settings.as_environment())
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_until(reached: Callable[[], bool]) -> None:
    """Wait for something to be so."""
    while not reached():
        time.sleep(0.02)


def _renditions(store: Store) -> list[str]:
    noise, digests = np.random.default_rng(0), list[str]()
    for _ in range(DIFFERENT):
        rough = noise.integers(0, 256, (HEIGHT // 8, WIDTH // 8), np.uint8)
        pixels = cv2.GaussianBlur(cv2.resize(rough, (WIDTH, HEIGHT)), (0, 0), 2)
        digests.append(store.put(cv2.imencode(".png", pixels)[1].tobytes()))
    return digests


def _study(n: int) -> dict[str, object]:
    return {"id": n, "patient_id": n, "key": f"s{n}", "report": SAYS[n % 3]}


def _image(n: int) -> dict[str, object]:
    size = {"width": WIDTH, "height": HEIGHT}
    of = {"study_id": n, "patient_id": n, "source_digest": f"{n}", "stored_digest": f"{n}"}
    return {"id": n, "key": f"i{n}", "laterality": "L", "view": "AP", "details": {}, **of, **size}


def _rendition(n: int, digests: list[str]) -> dict[str, object]:
    window = {"bits": 8, "window_centre": 127.5, "window_width": 255}
    size = {"width": WIDTH, "height": HEIGHT}
    return {"image_id": n, "kind": "model", "digest": digests[n % DIFFERENT], **size, **window}


def _labeler(settings: Settings, run_id: int, method: str, digests: list[str]) -> ModelVersion:
    whole = default_recipe("cpu", "")
    recipe = dataclasses.replace(whole, presentations=256, least_epochs=1, text_presentations=64)
    store = Store(settings.home / "store")
    films = [
        Film(store.path(digest), SAYS[place % 3], f"{place}", "L")
        for place, digest in enumerate(digests)
    ]
    labels = np.arange(len(films)) % 3
    folder = settings.home / "training"
    labeler = train_labeler(method, films, labels, CLASSES, recipe, folder)
    digest = labeler.save(settings.home / "checkpoints/labeler")
    return ModelVersion(
        role="labeler",
        method=method,
        run_id=run_id,
        folder="checkpoints/labeler",
        digest=digest,
        recipe=recipe.to_json(),
        training_digest=digest,
        promoted_at=now(),
    )
