"""A `train_classifier` run: the baseline on manual labels, the final on all labels there are.

Both by the same recipe and seed, so that the labels are all that differs. Parameters: `rng`, the
seed of the training.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.db.learning import ModelVersion
from app.training import rules as training
from app.training import versions
from app.training.rules import TrainingFilm
from models.classifier import train_classifier
from models.networks import weights_origin
from worker.films import films, labels, size_of
from worker.progress import Running
from worker.recipes import recipe_for

Accepted = Sequence[tuple[TrainingFilm, Sequence[float]]]


def execute(running: Running) -> dict[str, Any]:
    """Train and register both classifiers; one an interrupted try has registered is kept."""
    with running.database.begin() as session:
        sweep = training.latest_sweep(session)
        seed = training.for_baseline(session)
        by_hand = training.by_hand(session)
        accepted = training.accepted(session, sweep)
        lots = training.lots_of(session, sweep)
    training.require(seed, "labelled seed films", "Draw a seed set and label it first.")
    running.log(
        f"Baseline: {size_of(seed)}, labelled by hand. Final: {size_of(by_hand)}, labelled by "
        f"hand, and {len(accepted):,} accepted pseudo-labels."
    )
    baseline = _train(running, "baseline", seed, [], [])
    final = _train(running, "final", by_hand, accepted, lots)
    return {
        "sweep": sweep.id,
        "baseline": versions.summary(baseline),
        "final": versions.summary(final),
    }


def targets_of(by_hand: Sequence[TrainingFilm], accepted: Accepted, classes: int) -> np.ndarray:
    """Return what each film is to be told as: its class, or the labeler's probabilities.

    Args:
        by_hand: labelled films.
        accepted: films with an accepted pseudo-label, and its probabilities.
        classes: how many there are.

    Returns:
        float32 of shape (n, classes), the labelled films first.
    """
    hard = np.eye(classes, dtype=np.float32)[labels(by_hand)]
    soft = np.array([p for _, p in accepted], dtype=np.float32).reshape(-1, classes)
    return np.concatenate([hard, soft])


def _train(
    running: Running,
    role: str,
    by_hand: list[TrainingFilm],
    accepted: Accepted,
    lots: Sequence[int],
) -> ModelVersion:
    with running.database.begin() as session:
        made = versions.made_by(session, running.run_id, role)
        classes = [known.name for known in training.classes(session)]
    if made is not None:
        return made
    rows = [*by_hand, *(film for film, _ in accepted)]
    recipe = recipe_for(running.settings, running.parameters.get("rng", 0))
    classifier = train_classifier(
        films(rows, running.store),
        targets_of(by_hand, accepted, len(classes)),
        np.ones(len(rows), dtype=np.float32),
        classes,
        recipe,
        running.folder / role,
        lambda done, total, message: running.report(done, total, f"{role.title()}: {message}"),
        running.should_stop,
    )
    running.check()
    folder = versions.new_folder(running.run_id, role)
    digest = classifier.save(running.settings.home / folder)
    version = ModelVersion(
        role=role,
        method="image",
        run_id=running.run_id,
        folder=folder,
        digest=digest,
        recipe=recipe.to_json(),
        metrics=classifier.metrics
        | {"films": len(rows), "weights": weights_origin(recipe.weights)},
        training_digest=training.digest(by_hand, [film for film, _ in accepted]),
    )
    with running.transaction() as session:
        return versions.register(session, version, lots)
