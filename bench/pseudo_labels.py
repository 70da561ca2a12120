"""How to use pseudo-labels: hard or soft, filtered, weighted, robust, pooled with a teacher.

Compared on the real knees with a classifier that trains in a second, a linear one on frozen
ImageNet features, so that many draws can be paired; test patients are drawn inside the development
patients as in `bench/recipes.py`. The pseudo-labels are a report labeler's; the reports are written
from the grades with a stated error and hedging (`bench/knee_reports.py`).

    python -m bench pseudo_labels [--weights FILE.safetensors] [--draws 10]
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from bench._knees import CLASSES, KNEES, films, labels, locked, of_patients, read
from bench.knee_reports import ERROR, HEDGING, write
from bench.recipes import drawn
from models.calibration import Pool, probabilities
from models.errors import TrainingError
from models.images.embedding import embed, frozen_network
from models.labeler_training import train_labeler
from models.machine import use_threads
from models.metrics import figures
from models.recipe import CPU

SEED_PATIENTS = 300
WEIGHTS = KNEES.parent / "weights/squeezenet1_0_deepcompression.safetensors"
COMPONENTS = 128
DECAY = 3e-3
EQUALLY = Pool(0.5, 0.5, (0.0,) * len(CLASSES))
"""The geometric mean: modest where the sources are not independent, as two image models are not."""
Array = NDArray[np.float64]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the loss of each film, (n,)."""
    return -(targets * functional.log_softmax(logits, 1)).sum(1)


def generalised(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the noise-robust loss of each film, q = 0.7 (Zhang & Sabuncu, arXiv 1805.07836)."""
    return (1 - (targets * functional.softmax(logits, 1)).sum(1).clamp_min(1e-9) ** 0.7) / 0.7


@dataclass(frozen=True)
class Draw:
    """What one draw has to learn from and is judged on."""

    seed: Array
    seed_labels: NDArray[np.int64]
    archive: Array
    archive_labels: NDArray[np.int64]
    said: Array
    test: Array
    test_labels: NDArray[np.int64]


def linear(x: Array, targets: Array, weights: Array, loss: Loss) -> torch.nn.Linear:
    """Fit a linear classifier by L-BFGS."""
    torch.manual_seed(0)
    layer = torch.nn.Linear(x.shape[1], len(CLASSES)).double()
    films_, told, counted = (
        torch.from_numpy(np.ascontiguousarray(v)) for v in (x, targets, weights)
    )
    search = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def surprise() -> torch.Tensor:
        search.zero_grad()
        value = (loss(layer(films_), told) * counted).sum() / counted.sum()
        value = value + DECAY * (layer.weight**2).sum()
        value.backward()
        return value

    search.step(surprise)
    return layer


def predicted(layer: torch.nn.Linear, x: Array) -> Array:
    """Return probabilities, (n, k)."""
    with torch.no_grad():
        return np.asarray(layer(torch.from_numpy(x)).softmax(1).numpy())


def waucs(draw: Draw) -> dict[str, float]:
    """Return the WAUC of each way to use the pseudo-labels."""
    one_hot = np.eye(len(CLASSES))
    known = one_hot[draw.seed_labels]

    def score(told: Array, weights: Array | float, loss: Loss = cross_entropy) -> float:
        counted = np.broadcast_to(np.asarray(weights, np.float64), len(told))
        use = counted > 0
        layer = linear(
            np.concatenate([draw.seed, draw.archive[use]]),
            np.concatenate([known, told[use]]),
            np.concatenate([np.ones(len(known)), counted[use]]),
            loss,
        )
        return float(figures(predicted(layer, draw.test), draw.test_labels, CLASSES)["wauc"])

    said, confidence = draw.said, draw.said.max(1)
    hard = one_hot[said.argmax(1)]
    share, expected = known.mean(0), said.mean(0)
    teacher = linear(draw.seed, known, np.ones(len(known)), cross_entropy)
    pool = probabilities(EQUALLY.logits(said, predicted(teacher, draw.archive)), 1.0)
    return {
        "manual labels alone": score(said, 0.0),
        "hard, all (the paper's way)": score(hard, 1.0),
        "hard, all, robust loss": score(hard, 1.0, generalised),
        "hard, at or above 0.9": score(hard, (confidence >= 0.9) * 1.0),
        "hard, weight 0.5": score(hard, 0.5),
        "soft, at or above 0.9": score(said, (confidence >= 0.9) * 1.0),
        "soft, weight 1": score(said, 1.0),
        "soft, weight 0.5": score(said, 0.5),
        "soft, weight 0.25": score(said, 0.25),
        "soft, weighted by confidence": score(said, confidence),
        "soft, classes balanced": score(said, (said * (share / expected)).sum(1)),
        "soft, weight 0.5, pooled with a teacher": score(pool, 0.5),
        "soft, weight 1, pooled with a teacher": score(pool, 1.0),
        "true labels": score(one_hot[draw.archive_labels], 1.0),
    }


def make(weights: str, draws: int, error: float, hedging: float) -> list[Draw]:
    """Embed the films once, and draw."""
    with tempfile.TemporaryDirectory() as scratch:
        patients = locked(read())
        rows = read(write(Path(scratch) / "knees", 0, error, hedging, patients))
        development = of_patients(rows, patients, inside=False)
        vectors = embed(frozen_network(weights), films(development))
        x = (vectors - vectors.mean(0)) / vectors.std(0).clip(1e-6)
        _, _, axes = np.linalg.svd(x[:2000], full_matrices=False)
        x = (x @ axes[:COMPONENTS].T).astype(np.float64)
        x /= x.std()
        place = {row["image_id"]: number for number, row in enumerate(development)}
        made: list[Draw] = []
        number = 0
        while len(made) < draws:
            number += 1
            seed, test = drawn(development, number, SEED_PATIENTS)
            others = {row["patient_id"] for row in seed + test}
            archive = of_patients(development, others, inside=False)
            try:
                labeler = train_labeler(
                    "text", films(seed), labels(seed), CLASSES, CPU, Path(scratch)
                )
            except TrainingError as refused:
                print(f"Draw {number} is left out: {refused.what} {refused.where}")
                continue
            own = [[place[row["image_id"]] for row in part] for part in (seed, archive, test)]
            made.append(
                Draw(
                    x[own[0]],
                    labels(seed),
                    x[own[1]],
                    labels(archive),
                    labeler.predict(films(archive)).probabilities,
                    x[own[2]],
                    labels(test),
                )
            )
    return made


def main() -> None:
    """Print one row for each way."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--error", type=float, default=ERROR)
    parser.add_argument("--hedging", type=float, default=HEDGING)
    given = parser.parse_args()
    if not KNEES.exists() or not given.weights.exists():
        print("The real knees or the weights are not on this machine; nothing is measured.")
        return
    use_threads(1)
    found = [waucs(d) for d in make(str(given.weights), given.draws, given.error, given.hedging)]
    paper = np.array([each["hard, all (the paper's way)"] for each in found])
    print(f"{len(found)} draws; gain over the paper's way, mean and SD, draws above 0")
    for way in found[0]:
        own = np.array([each[way] for each in found])
        gain = own - paper
        print(
            f"{way:<42} WAUC {own.mean():.4f}  {gain.mean():+.4f} (SD {gain.std(ddof=1):.4f}), "
            f"{int((gain > 0).sum())} of {len(gain)}"
        )


if __name__ == "__main__":
    main()
