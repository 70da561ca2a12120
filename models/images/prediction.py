"""Logits of films, in batches, so that an archive of any length fits into memory."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.images.data import blank
from models.images.forward import Forward, Forwards
from models.images.reading import Films, read_and_report
from models.images.transforms import for_prediction
from models.machine import at_once, device, predicts_in_bf16
from models.progress import OnProgress, ShouldStop, never, silent
from models.recipe import Recipe


def predict(
    networks: Forwards,
    films: Films,
    recipe: Recipe,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> NDArray[np.float64]:
    """Predict films from their files.

    A blank film tells nothing: its logits are all 0, so that it goes to a person.

    Args:
        networks: whose logits are averaged.
        films: the films, at least one.
        recipe: the size, mirror image and precision to predict with.
        on_progress: told (done, total, message) at every batch.
        should_stop: asked at every batch.

    Returns:
        float64 (n, k) logits.

    Raises:
        TrainingError: naming the position of a film that cannot be read.
        Stopped: if should_stop says so.
    """
    answers = np.empty((0, 0))
    fastest = networks.to_predict(len(films))
    batches = read_and_report(films, recipe.size, "Reading images", on_progress, should_stop)
    for before, pixels in batches:
        logits = logits_of(fastest, pixels, recipe)
        logits[blank(pixels)] = 0
        if not before:
            # In one piece: small ones that stay between the batches keep memory from being reused.
            answers = np.empty((len(films), logits.shape[1]))
        answers[before : before + len(logits)] = logits
    return answers


def logits_of(
    networks: Sequence[Forward], pixels: NDArray[np.uint8], recipe: Recipe
) -> NDArray[np.float64]:
    """Predict films that are already loaded.

    Args:
        networks: in evaluation mode; their log-probabilities are averaged.
        pixels: uint8 (n, size, size).
        recipe: the mirror image and precision to predict with.

    Returns:
        float64 (n, k) logits.
    """
    where = device()
    with (
        torch.inference_mode(),
        torch.autocast(where.type, torch.bfloat16, enabled=predicts_in_bf16(recipe.bf16)),
    ):
        parts = [
            averaged(networks, network_input(some.to(where)), recipe.test_time_flip)
            for some in torch.from_numpy(pixels).split(at_once())
        ]
        return torch.cat(parts).cpu().double().numpy()


def network_input(films: Tensor) -> Tensor:
    """Turn films that are where they are computed into what a network predicts from.

    Args:
        films: uint8 (n, size, size).

    Returns:
        float32 (n, 1, size, size), channels last.
    """
    return for_prediction(films).to(memory_format=torch.channels_last)


def averaged(networks: Sequence[Forward], films: Tensor, flip: bool) -> Tensor:
    """Average what networks say of films, in log-probabilities.

    Args:
        networks: in evaluation mode.
        films: float32 (n, 1, height, width), as `for_prediction` returns them.
        flip: average with the mirror images too.

    Returns:
        float32 (n, k) logits.
    """
    views = [films, films.flip(-1)] if flip else [films]
    logits = [network(view).float().log_softmax(dim=1) for network in networks for view in views]
    return torch.stack(logits).mean(dim=0)
