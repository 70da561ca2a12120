"""Near copies: the same exposure again, in another file, size, compression or window."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from models.film import Film
from models.images.reading import read_and_report
from models.images.transforms import for_prediction
from models.progress import OnProgress, ShouldStop, never, silent

SIZE = 32
ALIKE = 0.995
"""The correlation of two small films from which on they are one film. Among 5,752 knees no two
different films reach 0.991; the same film compressed or scaled again stays above 0.999."""
ROWS_AT_ONCE = 512


def near_copies(
    films: Sequence[Film],
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> NDArray[np.bool_]:
    """Tell which films nearly coincide with one before them in the list.

    Args:
        films: in the order they would be read. All are compared with all: a few thousand at most.
        on_progress: told (done, total, message) at every batch.
        should_stop: asked at every batch.

    Returns:
        bool (n,); the first of several copies is none, nor is a blank film, nor one knee of a film
        for being like the other.

    Raises:
        TrainingError: naming the position of a film that cannot be read.
        Stopped: if should_stop says so.
    """
    parts = [np.empty((0, SIZE**2), np.float32)]
    batches = read_and_report(films, SIZE, "Looking for copies", on_progress, should_stop)
    for _, pixels in batches:
        parts.append(for_prediction(torch.from_numpy(pixels)).flatten(1).numpy())
    exposures = np.array([film.exposure or f"{place}" for place, film in enumerate(films)])
    return alike_to_earlier(np.concatenate(parts), exposures)


def alike_to_earlier(
    vectors: NDArray[np.float32], exposures: NDArray[np.str_]
) -> NDArray[np.bool_]:
    """Tell which vectors correlate with one before them that is no copy itself.

    Args:
        vectors: float32 (n, d), each of mean 0.
        exposures: (n,); vectors of one exposure are not compared.

    Returns:
        bool (n,).
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions = vectors / np.maximum(length, 1e-12)
    copies = np.zeros(len(vectors), bool)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        alike = directions[start : start + ROWS_AT_ONCE] @ directions.T >= ALIKE
        for row in np.flatnonzero(alike.sum(axis=1) > 1):
            place = start + row
            others = alike[row, :place] & (exposures[:place] != exposures[place])
            copies[place] = bool((others & ~copies[:place]).any())
    return copies
