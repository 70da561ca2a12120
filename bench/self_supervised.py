"""Does pretraining on the archive without labels help a classifier taught by a small seed?

One network learns from all development films but the test patients' to know a film again under
changes (VICReg), then classifiers start from it or from scratch, pair by pair.

    python -m bench self_supervised [--epochs 40] [--draws 11 12 13] [--members 1]

The test patients are those of draw 11 of `bench/recipes.py`, inside the development patients; a
draw here takes other seed patients.
"""

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from bench._knees import are_here, films, locked, of_patients, read
from bench.recipes import drawn, wauc
from models import transforms
from models.data import load_films
from models.machine import computes_in_bf16, use_threads
from models.networks import build_network
from models.recipe import CPU
from models.training import schedule

TEST_DRAW = 11
SIZE, BATCH, EMBEDDED = 96, 128, 512
LEARNING_RATE, WARM_UP = 2e-3, 0.05
INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0
"""Weights of the loss's terms, the authors'."""
CHANGES = dataclasses.replace(
    CPU, rotation=15.0, scale=0.25, translation=0.12, contrast=0.4, gamma=0.7, erasing=0.5
)


def pretrain(pixels: Tensor, epochs: int) -> dict[str, Tensor]:
    """Teach a network to know a film again under changes.

    Args:
        pixels: uint8 (n, size, size).
        epochs: times each film is seen, as two views.

    Returns:
        The weights of a three-channel network without its head, as `build_network` reads them.
    """
    torch.manual_seed(1)
    changes = torch.Generator().manual_seed(1)
    network = build_network(CPU.network, EMBEDDED).train()
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    expander = nn.Sequential(*_normalised(EMBEDDED), *_normalised(EMBEDDED))
    learned = [*network.parameters(), *expander.parameters()]
    optimizer = torch.optim.AdamW(learned, lr=LEARNING_RATE, weight_decay=0.02)
    steps = len(pixels) // BATCH
    for step in range(steps * epochs):
        if step % steps == 0:
            order = torch.randperm(len(pixels), generator=changes)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * schedule(step, steps * epochs, WARM_UP)
        some = pixels[order[step % steps * BATCH :][:BATCH]]
        views = torch.cat([transforms.for_training(some, CHANGES, changes) for _ in range(2)])
        with torch.autocast("cpu", torch.bfloat16, enabled=computes_in_bf16(True)):
            found = network(views.to(memory_format=torch.channels_last))
        loss = vicreg(*expander(found.float()).chunk(2))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % (5 * steps) == 0:
            print(f"epoch {(step + 1) // steps}: loss {loss.item():.2f}", flush=True)
    kept = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    return kept | {"conv1.weight": kept["conv1.weight"].repeat(1, 3, 1, 1) / 3}


def vicreg(first: Tensor, second: Tensor) -> Tensor:
    """Variance, invariance, covariance of two views (Bardes et al., ICLR 2022, arXiv 2105.04906).

    Args:
        first: float32 (n, d), the embeddings of one view of each film.
        second: those of the other view.

    Returns:
        The loss, a scalar.
    """
    loss = INVARIANCE * functional.mse_loss(first, second)
    for view in (first, second):
        centred = view - view.mean(dim=0)
        loss = loss + VARIANCE / 2 * functional.relu(1 - (view.var(dim=0) + 1e-4).sqrt()).mean()
        covariance = centred.T @ centred / (len(view) - 1)
        apart = covariance.pow(2).sum() - covariance.diagonal().pow(2).sum()
        loss = loss + COVARIANCE * apart / view.shape[1]
    return loss


def _normalised(width: int) -> list[nn.Module]:
    return [nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width)]


def main() -> None:
    """Print the WAUC of each pair."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=40)
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
        pixels = torch.from_numpy(load_films(films(archive), SIZE))
        save_file(pretrain(pixels, given.epochs), weights)
        print(f"{len(archive)} films, pretraining {time.process_time() - began:.0f} CPU s")
        for draw in given.draws:
            patients = sorted({row["patient_id"] for row in archive})
            np.random.default_rng(draw).shuffle(patients)
            seed = of_patients(archive, set(patients[: given.seed_patients]))
            for start in ("", str(weights)):
                recipe = dataclasses.replace(CPU, weights=start, checkpoint_steps=10**6)
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
