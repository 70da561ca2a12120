"""Compare training recipes: WAUC of a classifier trained on a few hundred seed patients.

    python -m bench recipes --draws 1 2 -- members=2 -- size=96 learning_rate=0.001

Each `--` begins one more recipe: changes to this machine's default, which is always the first
row. Draws are inside the development patients of `condyle round --rng 0`, so that no choice made
here has seen its validation patients.
"""

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench._knees import (
    CLASSES,
    VALIDATION_PATIENTS,
    Row,
    films,
    labels,
    locked,
    of_patients,
    read,
)
from bench._recipes import changed, split
from models.images.classifier import train_classifier
from models.images.recipes import default_recipe
from models.machine import device, use_threads
from models.metrics import figures
from models.recipe import Recipe


def drawn(rows: list[Row], draw: int, seed_patients: int) -> tuple[list[Row], list[Row]]:
    """Draw seed and test patients; no patient is in both."""
    patients = sorted({row["patient_id"] for row in rows})
    np.random.default_rng(1000 + draw).shuffle(patients)
    test = set(patients[:VALIDATION_PATIENTS])
    seed = set(patients[VALIDATION_PATIENTS : VALIDATION_PATIENTS + seed_patients])
    return (
        [row for row in rows if row["patient_id"] in seed],
        [row for row in rows if row["patient_id"] in test],
    )


def wauc(recipe: Recipe, seed: list[Row], test: list[Row]) -> float:
    """Train on the seed, and return the WAUC on the test patients."""
    known = films(seed)
    targets = np.eye(len(CLASSES), dtype=np.float32)[labels(seed)]
    with tempfile.TemporaryDirectory() as folder:
        classifier = train_classifier(known, targets, CLASSES, recipe, Path(folder))
    return float(figures(classifier.predict(films(test)), labels(test), CLASSES)["wauc"])


def main() -> None:
    """Print one row a recipe."""
    own, *others = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seed-patients", type=int, default=300)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--weights", default="")
    given = parser.parse_args(own)
    threads = use_threads(given.threads)
    base = default_recipe(device().type, given.weights)
    base = dataclasses.replace(base, checkpoint_steps=10**6)
    rows = read()
    rows = of_patients(rows, locked(rows), inside=False)
    print(f"{given.seed_patients} seed patients, {threads} threads, load {os.getloadavg()[0]:.1f}")
    for changes in [[], *others]:
        recipe, began = changed(base, changes), time.process_time()
        found = [wauc(recipe, *drawn(rows, draw, given.seed_patients)) for draw in given.draws]
        seconds = (time.process_time() - began) / len(found)
        each = " ".join(f"{value:.4f}" for value in found)
        print(
            f"{' '.join(changes) or 'default':50} WAUC {np.mean(found):.4f} ({each}) "
            f"{seconds:.0f} CPU s",
            flush=True,
        )


if __name__ == "__main__":
    main()
