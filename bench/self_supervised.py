"""Does pretraining on the archive without labels help a classifier taught by a small seed?

One network learns from all development films but the test patients' to know a film again under
changes (`models.images.pretraining`), then classifiers start from it or from scratch, pair by pair.

    python -m bench self_supervised [--draws 11 12 13] [--members 1]

The test patients are those of draw 11 of `bench/recipes.py`, inside the development patients; a
draw here takes other seed patients.
"""

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np

from bench._knees import are_here, films, locked, of_patients, read
from bench.recipes import drawn, wauc
from models.images.pretraining import pretrain
from models.images.recipes import default_recipe
from models.machine import device, use_threads

TEST_DRAW = 11


def main() -> None:
    """Print the WAUC of each pair."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--members", type=int, default=1)
    parser.add_argument("--seed-patients", type=int, default=300)
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()
    if not are_here():
        return
    use_threads(given.threads)
    rows = read()
    rows = of_patients(rows, locked(rows), inside=False)
    _, test = drawn(rows, TEST_DRAW, given.seed_patients)
    archive = of_patients(rows, {row["patient_id"] for row in test}, inside=False)
    with tempfile.TemporaryDirectory() as scratch:
        weights, began = Path(scratch) / "pretrained.safetensors", time.process_time()
        base = default_recipe(device().type)
        n = pretrain(films(archive), base, weights, Path(scratch) / "pretraining")
        print(f"{n:,} films, pretraining {time.process_time() - began:.0f} CPU s", flush=True)
        for draw in given.draws:
            patients = sorted({row["patient_id"] for row in archive})
            np.random.default_rng(draw).shuffle(patients)
            seed = of_patients(archive, set(patients[: given.seed_patients]))
            for start in ("", str(weights)):
                recipe = dataclasses.replace(base, weights=start, checkpoint_steps=10**6)
                found = [
                    wauc(dataclasses.replace(recipe, seed=100 * draw + member), seed, test)
                    for member in range(given.members)
                ]
                name = "pretrained" if start else "from scratch"
                print(
                    f"draw {draw} {name:<13} {np.mean(found):.4f}  ({np.round(found, 4)})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
