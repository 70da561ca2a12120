"""Which recipe a run trains by: the one made for this machine, with the weights it has."""

import dataclasses
from pathlib import Path
from typing import Any

from app.training import adaptations, pretrainings
from app.workspace import is_generated
from models.images.recipes import default_recipe, small_recipe
from models.machine import device
from models.recipe import Recipe
from worker.progress import Running


def recipe_for(running: Running[Any], rng: int) -> Recipe:
    """Return the recipe of a run that trains.

    Networks start from the weights that are set; where none are, from those that learned from the
    archive's films without labels, where there are any for the network of this machine. Generated
    knees are learned by a small recipe, so that the demo takes minutes. Reports are read by the
    encoder that is set, as it was adapted to the archive's reports, if it was.

    Args:
        running: the run.
        rng: the seed of every random choice.

    Raises:
        models.errors.TrainingError: the weights cannot be used.
    """
    recipe = recipe_from_scratch(running, rng)
    with running.reading() as session:
        seen = pretrainings.before(session, running.run_id)
        read = adaptations.before(session, running.run_id, recipe.text_encoder)
    if seen is not None and not recipe.weights and seen.network == recipe.network:
        start = running.store.local(seen.weights)
        recipe = dataclasses.replace(recipe, weights=_absolute(start))
    if read is not None:
        folder = running.store.fetch_folder(running.settings.home, read.folder)
        recipe = dataclasses.replace(recipe, text_encoder=_absolute(folder))
    return recipe


def recipe_from_scratch(running: Running[Any], rng: int) -> Recipe:
    """Return the same without what was learned without labels."""
    settings = running.settings
    weights = settings.weights
    if weights not in ("", "download"):
        weights = _absolute(Path(weights))
    with running.reading() as session:
        small = is_generated(session) and not weights
    recipe = small_recipe() if small else default_recipe(device().type, weights)
    return dataclasses.replace(recipe, text_encoder=settings.text_encoder, seed=rng)


def _absolute(file: Path) -> str:
    """Return where a file is from any folder: trainings in other processes begin elsewhere."""
    return str(file.resolve())
