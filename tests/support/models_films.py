"""Tiny films, drawn so that a small network learns them in seconds."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.film import Film
from models.recipe import Recipe

CLASSES = ("normal", "abnormal", "arthroplasty")
REPORTS = (
    "FINDINGS: No fracture. The joint space is kept. No osteophytes.",
    "IMPRESSION: Severe osteoarthritis with narrowing and osteophytes.",
    "FINDINGS: Status post total knee arthroplasty, hardware intact.",
)
TINY = Recipe(
    network="resnet18_quarter",
    size=32,
    presentations=240,
    least_epochs=1,
    most_epochs=1000,
    batch_size=8,
    folds=2,
    ema_decay=0.9,
    checkpoint_steps=10,
)


def draw_films(folder: Path, n: int, seed: int = 0) -> tuple[list[Film], NDArray[np.int64]]:
    """Write n films, two a patient, with a bright band whose height tells the class."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    films, labels = [], np.arange(n) // 2 % 3
    for number, label in enumerate(labels):
        pixels = rng.normal(90, 15, (40, 36))
        pixels[8 + 9 * label : 15 + 9 * label, 6:30] += 90
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), pixels.clip(0, 255).astype(np.uint8))
        films.append(Film(path, REPORTS[label], f"patient-{number // 2}", "LR"[number % 2]))
    return films, labels


def one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return targets for read labels."""
    return np.eye(len(CLASSES), dtype=np.float32)[labels]
