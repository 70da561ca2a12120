"""The image classifier: networks of one recipe, averaged, with a temperature."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models import calibration
from models.checkpoint import read_checkpoint, write_checkpoint
from models.errors import TrainingError
from models.examples import examples
from models.images.film_array import FilmArray
from models.images.forward import Forwards
from models.images.networks import build_network, weights_origin
from models.images.parallel import Job, train_all
from models.images.prediction import predict
from models.images.reading import Films, load_films
from models.machine import placed
from models.progress import OnProgress, ShouldStop, never, silent
from models.recipe import Recipe


@dataclass(frozen=True)
class Classifier:
    """An image-only model.

    Attributes:
        classes: names, in the order of the probabilities.
        networks: whose log-probabilities are averaged, in evaluation mode.
        recipe: how they were trained.
        temperature: divides the logits; 1 where none was fitted.
        training_digest: SHA-256 over what it learned from.
        metrics: figures found while training.
    """

    classes: tuple[str, ...]
    networks: tuple[nn.Module, ...]
    recipe: Recipe
    temperature: float = 1.0
    training_digest: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def forwards(self) -> Forwards:
        """How the networks are run."""
        return Forwards(self.networks, self.recipe.size)

    def predict(
        self,
        films: Films,
        on_progress: OnProgress = silent,
        should_stop: ShouldStop = never,
    ) -> NDArray[np.float64]:
        """Predict films from their files.

        Args:
            films: any number; they are read and predicted in batches.
            on_progress: told (done, total, message) at every batch.
            should_stop: asked at every batch.

        Returns:
            float64 (n, k) probabilities; uniform for a blank film.

        Raises:
            TrainingError: naming the position of a film that cannot be read.
            Stopped: if should_stop says so.
        """
        if not len(films):
            return np.zeros((0, len(self.classes)))
        logits = predict(self.forwards, films, self.recipe, on_progress, should_stop)
        return calibration.probabilities(logits, self.temperature)

    def to_parts(self) -> tuple[dict[str, dict[str, torch.Tensor]], dict[str, Any]]:
        """Return the tensors, by part, and the facts a checkpoint keeps."""
        parts = {
            f"network-{number}": network.state_dict()
            for number, network in enumerate(self.networks)
        }
        facts = {
            "classes": list(self.classes),
            "recipe": self.recipe.to_json(),
            "preprocessing": PREPROCESSING | {"size": self.recipe.size},
            "temperature": self.temperature,
            "training_digest": self.training_digest,
            "weights": weights_origin(self.recipe.weights),
            "metrics": self.metrics,
        }
        return parts, facts

    @classmethod
    def from_parts(
        cls, parts: dict[str, dict[str, torch.Tensor]], facts: dict[str, Any]
    ) -> "Classifier":
        """Rebuild the classifier from what `to_parts` returned."""
        recipe = Recipe.of_checkpoint(facts["recipe"])
        names = sorted((n for n in parts if n.startswith("network-")), key=lambda n: int(n[8:]))
        return cls(
            classes=tuple(facts["classes"]),
            networks=tuple(_restored(recipe, parts[n], len(facts["classes"])) for n in names),
            recipe=recipe,
            temperature=facts["temperature"],
            training_digest=facts["training_digest"],
            metrics=facts["metrics"],
        )

    def save(self, folder: Path) -> str:
        """Write a checkpoint.

        Args:
            folder: replaced if there is one.

        Returns:
            The checkpoint's digest.

        Raises:
            TrainingError: if the disk does not take it.
        """
        parts, facts = self.to_parts()
        return write_checkpoint(folder, parts, facts)


PREPROCESSING = {
    "channels": 1,
    "fit": "proportional, black padding",
    "left_knees": "mirrored",
    "normalisation": "mean 0, standard deviation 1, per film",
}


def load_classifier(folder: Path, digest: str = "") -> Classifier:
    """Read a classifier's checkpoint.

    Args:
        folder: as `Classifier.save` wrote it.
        digest: the checkpoint's, where known.

    Returns:
        The classifier, on this machine's device.

    Raises:
        TrainingError: if the checkpoint is incomplete or altered.
    """
    return Classifier.from_parts(*read_checkpoint(folder, digest))


def train_classifier(
    films: Films,
    targets: NDArray[np.float32],
    classes: Sequence[str],
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Classifier:
    """Train the recipe's number of networks, each from its own random start, and average them.

    A class without any film is not learned, and the classifier's `classes` are without it.

    Args:
        films: the films.
        targets: (n, k), each row the probabilities of the classes: a one for a read label.
        classes: names, k of them.
        recipe: how.
        folder: for checkpoints; a training killed here goes on where it was.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The classifier.

    Raises:
        TrainingError: if a film or target cannot be used, or fewer than two classes have a film.
        Stopped: if should_stop says so.
    """
    seen = classes_with_films(targets, len(films), classes)
    if len(seen) < len(classes):
        classes, targets = [classes[place] for place in seen], targets[:, seen]
    if isinstance(films, FilmArray):
        known = examples(films, targets)
    else:
        known = examples(load_films(films, recipe.size, on_progress, should_stop), targets)
    jobs = [
        Job(
            known,
            dataclasses.replace(recipe, seed=recipe.seed + member),
            folder / f"member-{member}",
        )
        for member in range(recipe.members)
    ]
    networks = train_all(jobs, on_progress, should_stop)
    return Classifier(
        tuple(classes),
        tuple(networks),
        recipe,
        training_digest=known.digest(recipe),
        metrics={"curves": [job.curve for job in jobs]},
    )


def classes_with_films(
    targets: NDArray[np.float32], films: int, classes: Sequence[str]
) -> list[int]:
    """Return the positions of the classes there is something to learn of.

    Args:
        targets: (n, k).
        films: n.
        classes: names, k of them.

    Raises:
        TrainingError: if there are fewer than two, naming the classes without any film.
    """
    if targets.shape != (films, len(classes)):
        raise TrainingError(
            "Targets, films and classes do not fit each other.",
            f"targets {targets.shape}, {films} films, {len(classes)} classes",
            "Give each film one probability for each class.",
        )
    share = targets.sum(axis=0)
    missing = [name for name, amount in zip(classes, share, strict=True) if amount == 0]
    if len(classes) - len(missing) < 2:
        raise TrainingError(
            "There is nothing to tell apart: no image to train on has the class "
            + ", ".join(f"`{name}`" for name in missing)
            + ".",
            "labels",
            "Label images of two classes at least.",
        )
    return [int(place) for place in np.flatnonzero(share)]


def _restored(recipe: Recipe, state: dict[str, torch.Tensor], n_classes: int) -> nn.Module:
    network = build_network(recipe.network, n_classes)
    network.load_state_dict(state)
    return placed(network).eval()
