"""Pretraining on films without labels: a network learns to know a film again under changes.

Two changed views of a film are to lie close together, films far apart, and no two numbers of an
embedding are to say the same (VICReg: Bardes, Ponce & LeCun, ICLR 2022, arXiv 2105.04906). What
the network has learned to see then is where a training on few labels begins.

As in `models.images.training`, what happens at a step follows from the seed and the step's number
alone.
"""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models import seeds
from models.checkpoint import write_state
from models.descent import STATE, Training, descend, prepared, resume, save, steps_of
from models.errors import TrainingError
from models.examples import chosen_at
from models.film import Film
from models.images.data import blank
from models.images.networks import ORIGIN, as_published, build_network
from models.images.reading import READING, read_and_report
from models.images.transforms import for_training
from models.machine import computes_in_bf16, device, repeatable
from models.progress import OnProgress, ShouldStop, check, never, silent
from models.recipe import SMALLEST_SIZE, Recipe

FEWEST_FILMS = 256
MOST_FILMS = 20_000
"""Drawn from a larger archive: each is then seen nine times, and they take 184 MB at 96 pixels."""
EMBEDDED = 512
INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0
"""Weights of the loss's terms, the authors'."""


def pretrain(
    films: Sequence[Film],
    recipe: Recipe,
    weights: Path,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> int:
    """Learn from films without labels, and write the weights that trainings can start from.

    Args:
        films: of the archive, `MOST_FILMS` at most; blank ones are passed over.
        recipe: of the trainings to come, which decides the network, its size and the seed.
        weights: the .safetensors file to write, read by `models.images.networks.build_network`.
        folder: for checkpoints; a pretraining killed here goes on where it was.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The number of films learned from.

    Raises:
        TrainingError: if there are too few films, one cannot be read, the loss is not finite, or
            the disk does not take the weights.
        Stopped: if should_stop says so; checkpoints stay.
    """
    recipe = for_pretraining(recipe)
    known = load(films, recipe.size, on_progress, should_stop)
    total = steps_of(len(known), recipe)
    fingerprint = hashlib.sha256(json.dumps(recipe.to_json(), sort_keys=True).encode())
    fingerprint.update(known.numpy().data)
    state = folder / STATE
    with torch.random.fork_rng(devices=[]), repeatable():
        training = begin(recipe)
        resume(training, state, fingerprint.hexdigest())
        known = known.to(device())
        while training.step < total:
            check(should_stop)
            take_step(training, known, recipe, total)
            if training.step % recipe.checkpoint_steps == 0 or training.step == total:
                save(training, state, fingerprint.hexdigest())
            on_progress(training.step, total, "Learning from films without labels")
    learned = as_published(training.average.get_submodule("encoder"))
    write_state(weights, learned, {ORIGIN: f"{len(known):,} films without labels"})
    return len(known)


def for_pretraining(recipe: Recipe) -> Recipe:
    """Return how a network is pretrained: larger changes of smaller films, in larger batches.

    Args:
        recipe: of the trainings to come.

    Returns:
        The recipe of the pretraining; only what belongs to images and networks counts in it.
    """
    return dataclasses.replace(
        recipe,
        size=max(SMALLEST_SIZE, recipe.size * 3 // 4),
        presentations=180_000,
        least_epochs=1,
        most_epochs=40,
        batch_size=128,
        warm_up=0.05,
        rotation=15.0,
        scale=0.25,
        translation=0.12,
        contrast=0.4,
        gamma=0.7,
        erasing=0.5,
    )


def load(
    films: Sequence[Film], size: int, on_progress: OnProgress, should_stop: ShouldStop
) -> Tensor:
    """Load the films that show anything.

    Args:
        films: the films.
        size: side of the square, in pixels.
        on_progress: told (done, total, message).
        should_stop: asked at every batch.

    Returns:
        uint8 (n, size, size).

    Raises:
        TrainingError: if there are too few, or one cannot be read.
        Stopped: if should_stop says so.
    """
    shown: list[NDArray[np.uint8]] = [np.empty((0, size, size), np.uint8)]
    for _, pixels in read_and_report(films, size, READING, on_progress, should_stop):
        shown.append(pixels[~blank(pixels)])
    known = np.concatenate(shown)
    if len(known) < FEWEST_FILMS:
        raise TrainingError(
            "There are too few films to learn from without labels.",
            f"{len(known):,} films",
            f"Import {FEWEST_FILMS - len(known):,} more, or train without.",
        )
    return torch.from_numpy(known)


class Knowing(nn.Module):
    """A network whose head embeds a film, and the layers that compare embeddings."""

    def __init__(self, network: str) -> None:
        super().__init__()
        self.encoder = build_network(network, EMBEDDED)
        self.expander = nn.Sequential(*_normalised(), *_normalised())

    def forward(self, views: Tensor) -> Tensor:
        """Embed views: float32 (n, 1, height, width) to float32 (n, d)."""
        with torch.autocast(views.device.type, torch.bfloat16, enabled=computes_in_bf16(True)):
            seen = self.encoder(views)
        expanded: Tensor = self.expander(seen.float())
        return expanded


def begin(recipe: Recipe) -> Training:
    """Build the network and its optimiser as they are before the first step."""
    torch.manual_seed(seeds.number(recipe.seed, "network"))
    return prepared(Knowing(recipe.network), recipe)


def take_step(training: Training, known: Tensor, recipe: Recipe, total: int) -> None:
    """Learn from two views of one batch of films.

    Args:
        training: changed in place.
        known: uint8 (n, size, size), on the device.
        recipe: how.
        total: steps of the whole pretraining.

    Raises:
        TrainingError: if the loss is not finite.
    """
    chosen = chosen_at(training.step, len(known), recipe.batch_size, recipe.seed)
    some = known[chosen.to(known.device)]
    changes = seeds.generator(recipe.seed, "changes", training.step)
    views = torch.cat([for_training(some, recipe, changes) for _ in range(2)])
    embedded = training.network(views.to(memory_format=torch.channels_last))
    loss = vicreg(*embedded.chunk(2))
    if not torch.isfinite(loss):
        raise TrainingError(
            "The pretraining diverged: its loss is no number.",
            f"step {training.step}",
            "Train without it, and tell us what your films are.",
        )
    descend(training, loss, recipe.learning_rate, recipe, total)


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


def _normalised() -> list[nn.Module]:
    return [nn.BatchNorm1d(EMBEDDED), nn.ReLU(), nn.Linear(EMBEDDED, EMBEDDED)]
