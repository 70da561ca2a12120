"""The films and targets that a network is shown at a step, changed a little."""

import numpy as np
import torch
from torch import Tensor

from models import seeds
from models.examples import Examples, chosen_at
from models.images.share import WHOLE, Share
from models.images.transforms import OfBatch, for_training
from models.machine import device
from models.recipe import Recipe


def batch_at(
    step: int, known: Examples, recipe: Recipe, share: Share = WHOLE
) -> tuple[Tensor, Tensor]:
    """Return the films, on the device, and targets of a step: the seed's shuffle of its epoch.

    Args:
        step: of the training.
        known: the examples.
        recipe: how.
        share: which of them are returned. Films that are mixed are made whole by each process.
    """
    chosen = chosen_at(step, len(known.films), recipe.batch_size, recipe.seed)
    own = share.part(len(chosen))
    some = chosen if recipe.mixup > 0 else chosen[own]
    changes = seeds.generator(recipe.seed, "changes", step)
    drawn = changes if recipe.mixup > 0 else OfBatch(changes, len(chosen), own)
    films = for_training(known.films[some].to(device()), recipe, drawn)
    smooth = recipe.label_smoothing
    targets = known.targets[some] * (1 - smooth) + smooth / known.targets.shape[1]
    if recipe.mixup > 0:
        mixed = mix(films, targets, recipe.mixup, seeds.number(recipe.seed, "mix", step))
        return mixed[0][own], mixed[1][own]
    return films, targets


def mix(films: Tensor, targets: Tensor, alpha: float, seed: int) -> tuple[Tensor, Tensor]:
    """Blend each film with another of the batch (mixup, Zhang et al., arXiv 1710.09412)."""
    random = np.random.default_rng(seed)
    share = float(random.beta(alpha, alpha))
    other = torch.from_numpy(random.permutation(len(films)))
    return (
        films * share + films[other] * (1 - share),
        targets * share + targets[other] * (1 - share),
    )
