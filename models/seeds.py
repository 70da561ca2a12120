"""Random numbers that depend on a seed, a purpose and a place, and on nothing that ran before."""

import hashlib

import torch


def number(seed: int, purpose: str, place: int = 0) -> int:
    """Derive a seed of its own for one purpose, so that work can begin again at any place.

    Args:
        seed: of the recipe.
        purpose: what it is for.
        place: the step, epoch or fold.

    Returns:
        A number from 0 to 2**63 - 1.
    """
    digest = hashlib.sha256(f"{purpose}\0{seed}\0{place}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def generator(seed: int, purpose: str, place: int = 0) -> torch.Generator:
    """Return a CPU generator seeded with `number` of the same arguments."""
    return torch.Generator().manual_seed(number(seed, purpose, place))
