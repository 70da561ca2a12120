"""Which recipe a machine gets, with or without weights to start from."""

import dataclasses
from pathlib import Path

from models.errors import TrainingError
from models.images.networks import NETWORKS, network_of_file
from models.recipe import CPU, GPU, Recipe

FINE_TUNING = 1e-3
WITHOUT_NORMALISATION = 3e-4
"""Learning rates from ImageNet weights; a network without batch normalisation bears less."""


def small_recipe() -> Recipe:
    """Return a recipe that learns in a minute on two cores what generated knees have to teach.

    Coarse films tell worn knees from whole ones there; `docs/demo.md` has the figures.
    """
    return dataclasses.replace(CPU, size=64, presentations=36_000, most_epochs=60)


def default_recipe(device: str, weights: str = "") -> Recipe:
    """Return the recipe for a machine; `docs/labeler.md` has the figures it was chosen by.

    Args:
        device: "cuda" or "cpu".
        weights: ImageNet weights to start from, as in `Recipe`. A file decides the network.

    Returns:
        From scratch, a ResNet-18 at 224 pixels on a GPU, of a quarter of its width at 128 pixels
        on a CPU. From weights to be downloaded, EfficientNet-B0 at 320 pixels on a GPU,
        MobileNetV3-Small at 192 pixels on a CPU.

    Raises:
        TrainingError: if the weights file cannot be read, or belongs to no network known here.
    """
    recipe = GPU if device == "cuda" else CPU
    if not weights:
        return recipe
    known: str | None = "efficientnet_b0" if device == "cuda" else "mobilenet_v3_small"
    if weights != "download":
        known = network_of_file(Path(weights))
    if known is None:
        raise TrainingError(
            "The weights file fits none of the networks known here.",
            Path(weights).name,
            f"Use weights of: {', '.join(NETWORKS)}.",
        )
    if device == "cuda":
        recipe = dataclasses.replace(recipe, size=320, batch_size=CPU.batch_size)
    else:
        recipe = dataclasses.replace(recipe, size=192, presentations=12_000, least_epochs=6)
    rate = WITHOUT_NORMALISATION if known.startswith("squeezenet") else FINE_TUNING
    return dataclasses.replace(recipe, network=known, weights=weights, learning_rate=rate)
