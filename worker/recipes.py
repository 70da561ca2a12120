"""Which recipe a run trains by: the one made for this machine, with the weights it has."""

from app.settings import Settings
from models.machine import device
from models.recipe import Recipe, default_recipe


def recipe_for(settings: Settings, seed: int) -> Recipe:
    """Return the training recipe of this machine.

    Args:
        settings: `weights` says where ImageNet weights are to be had.
        seed: of every random choice of the training.
    """
    return default_recipe(device(), weights=settings.weights, seed=seed)
