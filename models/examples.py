"""What a network learns from: films and soft targets; and which of them at each step."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models import seeds
from models.errors import TrainingError
from models.recipe import Recipe

HASHED_AT_ONCE = 4096
CHECKED_AT_ONCE = 65_536
"""Of a million targets: to check them all together would take their memory once more."""


class Shown(Protocol):
    """Films to learn from: in memory, or read when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, chosen: Tensor | slice) -> Tensor:
        """Return films: uint8 (n, size, size)."""
        ...


@dataclass(frozen=True)
class Examples:
    """What a network learns from.

    Attributes:
        films: n of them, uint8.
        targets: float32 (n, k), each row the probabilities of the classes.
    """

    films: Shown
    targets: Tensor

    def digest(self, recipe: Recipe) -> str:
        """SHA-256 over the recipe and every value learned from."""
        known = hashlib.sha256(json.dumps(recipe.to_json(), sort_keys=True).encode())
        for start in range(0, len(self.films), HASHED_AT_ONCE):
            some = self.films[start : start + HASHED_AT_ONCE]
            known.update(some.contiguous().numpy().data)
        known.update(self.targets.contiguous().numpy().data)
        return known.hexdigest()


def examples(films: NDArray[np.uint8] | Shown, targets: NDArray[np.float32]) -> Examples:
    """Check what a network is to learn from.

    Args:
        films: uint8 (n, size, size), or what gives them.
        targets: (n, k), each row non-negative with sum 1.

    Returns:
        The checked examples.

    Raises:
        TrainingError: naming the position of a row that is no probability distribution; or if
            there are fewer than two films.
    """
    for start in range(0, len(targets), CHECKED_AT_ONCE):
        wrong = _wrong(targets[start : start + CHECKED_AT_ONCE])
        if wrong.any():
            raise TrainingError(
                "The target is no probability distribution.",
                f"film {start + int(wrong.argmax()) + 1} of the list",
                "Correct the label or take the film out of the list.",
            )
    if len(films) < 2:
        raise TrainingError("There are fewer than two films to learn from.", "", "Label more.")
    shown = torch.from_numpy(films) if isinstance(films, np.ndarray) else films
    return Examples(shown, torch.from_numpy(targets.astype(np.float32, copy=False)))


def _wrong(targets: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which rows, bool (n,), are no probability distributions."""
    right = np.isfinite(targets).all(axis=1) & (targets >= 0).all(axis=1)
    return ~(right & (np.abs(targets.sum(axis=1) - 1) < 1e-3))


def class_weights(known: Examples, balance: float) -> Tensor:
    """Weigh the classes by their share, so that a rare one is not drowned.

    Args:
        known: the examples.
        balance: 0 for equal weights, 1 for weights inverse to the class's share.

    Returns:
        float32 (k,); the mean over the examples is 1; 1 for a class without any.
    """
    share = known.targets.mean(dim=0)
    weights = torch.where(share > 0, share.clamp_min(1e-9) ** -balance, 1.0)
    return weights / (weights * share).sum()


def chosen_at(step: int, n: int, size: int, seed: int) -> Tensor:
    """Return which of n a step learns from: its part of its epoch's shuffle.

    Args:
        step: of the training.
        n: how many there are.
        size: of a batch; all of them, where that is fewer.
        seed: of the training.

    Returns:
        Positions, int64 (size,).
    """
    size = min(size, n)
    epoch, place = divmod(step, n // size)
    return order_of(epoch, n, seed)[place * size : (place + 1) * size]


@lru_cache(maxsize=1)
def order_of(epoch: int, n: int, seed: int) -> Tensor:
    """Return an epoch's shuffle of n: int64 (n,), not to be changed."""
    return torch.randperm(n, generator=seeds.generator(seed, "order", epoch))
