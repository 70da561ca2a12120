"""From 8-bit films to what a network sees: for training with changes, for prediction without.

The changes are those another exposure of the same knee could show: a small turn, shift or change
of distance, another exposure, an inverted grey scale, and the mirror image (the other knee).
Whole batches are changed at once, since CPU time is what is scarce.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.recipe import Recipe


@dataclass(frozen=True)
class OfBatch:
    """The random numbers of some films of a batch: those they have where all are changed at once.

    Attributes:
        generator: of the batch.
        films: of the whole batch.
        own: which of them are changed here.
    """

    generator: torch.Generator
    films: int
    own: slice


Generator = torch.Generator | OfBatch


def standardise(films: Tensor) -> Tensor:
    """Give every film mean 0 and standard deviation 1, whatever its exposure.

    Args:
        films: float32 (n, 1, height, width).

    Returns:
        float32 of the same shape.
    """
    deviation, mean = torch.std_mean(films, dim=(1, 2, 3), keepdim=True)
    return (films - mean) / deviation.clamp_min(1e-3)


def for_prediction(films: Tensor) -> Tensor:
    """Turn films into network input, unchanged.

    Args:
        films: uint8 (n, height, width).

    Returns:
        float32 (n, 1, height, width).
    """
    return standardise(films.unsqueeze(1).float() / 255)


def for_training(films: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """Turn films into network input, each changed at random.

    Args:
        films: uint8 (n, height, width).
        recipe: how large the changes may be.
        generator: of the random choices; on the CPU, so that every device draws the same.

    Returns:
        float32 (n, 1, height, width).
    """
    grey = films.unsqueeze(1).float() / 255
    grey = change_geometry(grey, recipe, generator)
    grey = change_exposure(grey, recipe, generator)
    return erase(standardise(grey), recipe, generator)


def change_geometry(films: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """Turn, scale, shift and mirror each film by its own random amounts.

    Args:
        films: float32 (n, 1, height, width).
        recipe: the largest amounts.
        generator: of the random choices.

    Returns:
        float32 of the same shape; what comes in from outside repeats the border.
    """
    n = len(films)
    angle = _either_way((n,), math.radians(recipe.rotation), generator)
    scale = torch.exp(_either_way((n,), math.log1p(recipe.scale), generator))
    mirror = torch.where(_rand((n,), generator) < recipe.flip, -1.0, 1.0)
    shift = _either_way((n, 2), 2 * recipe.translation, generator)
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    matrix = torch.stack(
        [
            torch.stack([mirror * cosine, -mirror * sine, shift[:, 0]], dim=1),
            torch.stack([sine, cosine, shift[:, 1]], dim=1),
        ],
        dim=1,
    ).to(films.device)
    grid = functional.affine_grid(matrix, list(films.shape), align_corners=False)
    return functional.grid_sample(films, grid, padding_mode="border", align_corners=False)


def change_exposure(films: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """Change each film's grey scale: gamma, contrast, and now and then its polarity.

    Args:
        films: float32 (n, 1, height, width), 0 to 1.
        recipe: the largest amounts.
        generator: of the random choices.

    Returns:
        float32 of the same shape, 0 to 1.
    """
    n, device = len(films), films.device
    gamma = torch.exp2(_either_way((n,), recipe.gamma, generator)).view(n, 1, 1, 1).to(device)
    contrast = 1 + _either_way((n,), recipe.contrast, generator).view(n, 1, 1, 1).to(device)
    inverted = _rand((n,), generator) < recipe.inversion
    films = films.clamp(0, 1).pow(gamma)
    films = ((films - 0.5) * contrast + 0.5).clamp(0, 1)
    return torch.where(inverted.view(n, 1, 1, 1).to(device), 1 - films, films)


def erase(films: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """Blank out a rectangle of some films (Zhong et al., AAAI 2020, arXiv 1708.04896).

    Args:
        films: float32 (n, 1, height, width), standardised.
        recipe: `erasing`, the chance for a film.
        generator: of the random choices.

    Returns:
        float32 of the same shape.
    """
    if recipe.erasing == 0:
        return films
    n, _, height, width = films.shape
    chosen = _rand((n, 1), generator) < recipe.erasing
    centre, half = _rand((n, 2), generator), _rand((n, 2), generator)
    half = 0.05 + 0.15 * half
    rows = torch.linspace(0, 1, height).expand(n, height)
    columns = torch.linspace(0, 1, width).expand(n, width)
    row_in = ((rows - centre[:, :1]).abs() < half[:, :1]) & chosen
    column_in = (columns - centre[:, 1:]).abs() < half[:, 1:]
    gone = (row_in[:, :, None] & column_in[:, None, :]).unsqueeze(1)
    return films.masked_fill(gone.to(films.device), 0.0)


def _either_way(shape: tuple[int, ...], largest: float, generator: Generator) -> Tensor:
    return (_rand(shape, generator) * 2 - 1) * largest


def _rand(shape: tuple[int, ...], generator: Generator) -> Tensor:
    if isinstance(generator, torch.Generator):
        return torch.rand(shape, generator=generator)
    whole = torch.rand(generator.films, *shape[1:], generator=generator.generator)
    return whole[generator.own]
