"""The films and targets that a network is shown at a step, changed a little."""

import numpy as np
import torch
from torch import Tensor

from models import seeds
from models.examples import Examples, chosen_at
from models.images.transforms import for_training
from models.machine import device
from models.recipe import Recipe


def batch_at(step: int, known: Examples, recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Return the films, on the device, and targets of a step: the seed's shuffle of its epoch."""
    chosen = chosen_at(step, len(known.films), recipe.batch_size, recipe.seed)
    changes = seeds.generator(recipe.seed, "changes", step)
    films = for_training(known.films[chosen].to(device()), recipe, changes)
    smooth = recipe.label_smoothing
    targets = known.targets[chosen] * (1 - smooth) + smooth / known.targets.shape[1]
    if recipe.mixup > 0:
        return mix(films, targets, recipe.mixup, seeds.number(recipe.seed, "mix", step))
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
