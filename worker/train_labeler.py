"""A `train_labeler` run: from the films labelled by hand to a registered labeler.

Parameters: `method`, one of `text`, `image`, `fused`; `rng`, the seed of the training.
"""

from typing import Any

from app.db.learning import ModelVersion
from app.training import rules as training
from app.training import sites, versions
from models.labeler_training import train_labeler
from models.networks import weights_origin
from models.pretrained import name_of
from worker.films import films, labels, size_of
from worker.progress import Running
from worker.recipes import recipe_for


def execute(running: Running) -> dict[str, Any]:
    """Train a labeler on every label given by hand but the calibration reads, and register it."""
    method = running.parameters.get("method", "image")
    with running.database.begin() as session:
        sites.require_mixed_seed(session)
        rows = training.for_labeler(session)
        classes = [known.name for known in training.classes(session)]
    training.require(rows, "labelled development films", "Draw a seed set and label it first.")
    running.log(f"Training a labeler that reads: {method}. It learns from {size_of(rows)}.")
    recipe = recipe_for(running)
    labeler = train_labeler(
        method,
        films(rows, running.store),
        labels(rows),
        classes,
        recipe,
        running.folder,
        running.report,
        running.should_stop,
    )
    running.check()
    folder = versions.new_folder(running.run_id, "labeler")
    digest = labeler.save(running.settings.home / folder)
    with running.transaction() as session:
        version = versions.register(
            session,
            ModelVersion(
                role="labeler",
                method=method,
                run_id=running.run_id,
                folder=folder,
                digest=digest,
                recipe=recipe.to_json(),
                metrics=labeler.metrics
                | {
                    "films": len(rows),
                    "weights": weights_origin(recipe.weights),
                    "encoder": name_of(recipe.text_encoder) if labeler.reports else "",
                },
                training_digest=versions.digest(rows),
            ),
        )
    return versions.summary(version)
