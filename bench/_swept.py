"""An archive made by a program for the benches: rows without people, and renditions or none."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert

from app.db.archive import Image, LabelClass, Patient, Rendition, Study
from app.db.engine import Database
from app.imaging.storage import Store
from bench._knees import KNEES

CLASSES = ("normal", "abnormal", "arthroplasty")
AT_ONCE = 10_000
SIDE = 512


def fill(database: Database, digests: Iterator[str], n: int) -> None:
    """Write n images of as many development patients, with a model rendition each."""
    with database.begin() as session:
        session.add_all(LabelClass(name=name, position=n) for n, name in enumerate(CLASSES))
    for start in range(1, n + 1, AT_ONCE):
        ids = range(start, min(start + AT_ONCE, n + 1))
        shared = {"width": SIDE, "height": SIDE}
        with database.begin() as session:
            for table, rows in (
                (Patient, [{"id": i, "key": f"p{i}", "split": "development"} for i in ids]),
                (Study, [{"id": i, "patient_id": i, "key": f"s{i}"} for i in ids]),
                (
                    Image,
                    [
                        shared
                        | {"id": i, "study_id": i, "patient_id": i, "key": f"i{i}"}
                        | {"source_digest": f"{i:064x}", "stored_digest": f"{i:064x}"}
                        for i in ids
                    ],
                ),
                (
                    Rendition,
                    [
                        shared
                        | {"image_id": i, "kind": "model", "digest": next(digests), "bits": 8}
                        | {"window_centre": 127.5, "window_width": 255.0}
                        for i in ids
                    ],
                ),
            ):
                session.execute(insert(table), rows)


def renditions(store: Store, n: int) -> Iterator[str]:
    """Put n renditions of 512 pixels into a store, real knees where there are any."""
    random = np.random.default_rng(0)
    real = sorted((KNEES / "images").glob("*")) if KNEES.exists() else []
    for number in range(n):
        pixels = _scaled(real[number % len(real)]) if real else _drawn(random)
        yield store.put(cv2.imencode(".png", pixels)[1].tobytes())


def _scaled(path: Path) -> NDArray[np.uint8]:
    film = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(cv2.resize(film, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)


def _drawn(random: np.random.Generator) -> NDArray[np.uint8]:
    coarse = random.integers(0, 256, (SIDE // 8, SIDE // 8)).astype(np.uint8)
    smooth = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth // 2 + random.integers(0, 16, smooth.shape), np.uint8)
