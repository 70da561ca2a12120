"""The first images by a score, of a million: those that cannot be among them are passed over."""

import numpy as np

from app.archive.facets import BANDS
from app.archive.said import Ids, Measures


def ends(band: str) -> tuple[float, float]:
    """Return the lowest and the highest confidence of a band; without one the confidence is 0."""
    if band not in BANDS:
        return 0, 0
    low, high = (np.float32(float(end) / 100) for end in band.split("-"))
    return float(low), float(high if band == BANDS[-1] else np.nextafter(high, low))


def enough(lowest: Measures, sizes: Ids, wanted: int) -> float:
    """Return a score that so many have or exceed, for certain; minus infinity if there are fewer.

    Args:
        lowest: the lowest score of each cell.
        sizes: how many images each cell has.
        wanted: how many are looked for.
    """
    first = np.argsort(-lowest)
    place = np.searchsorted(np.cumsum(sizes[first]), wanted)
    return float(lowest[first[place]]) if place < len(first) else -np.inf


def largest(scores: Measures, order: Ids, size: int) -> Ids:
    """Return where the largest scores are, the largest first; where they are equal, by an order."""
    places = np.arange(len(scores))
    if len(scores) > size:
        least = np.partition(scores, len(scores) - size)[len(scores) - size]
        above, level = np.flatnonzero(scores > least), np.flatnonzero(scores == least)
        # Where very many are equal, only so many of them are sorted.
        room = size - len(above)
        level = level[np.argpartition(order[level], len(level) - room)[len(level) - room :]]
        places = np.concatenate([above, level])
    first: Ids = places[np.lexsort((-order[places], -scores[places]))]
    return first
