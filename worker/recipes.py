"""Which recipe a run trains by: the one made for this machine, with the weights it has."""

import dataclasses

from app.settings import Settings
from models.machine import device
from models.recipe import Recipe, default_recipe


def recipe_for(settings: Settings, seed: int) -> Recipe:
    """Return the training recipe of this machine.

    Args:
        settings: `weights` says where ImageNet weights are to be had, `text_encoder` what reads
            reports.
        seed: of every random choice of the training.

    Raises:
        models.errors.TrainingError: the weights cannot be used.
    """
    return dataclasses.replace(
        default_recipe(device().type, settings.weights),
        text_encoder=settings.text_encoder,
        seed=seed,
    )
