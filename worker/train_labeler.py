"""A `train_labeler` run: from the films labelled by hand to a registered labeler.

Where a language model is set, `fused` asks it too.
"""

from typing import Any

from app import unseen_classes
from app.db.learning import ModelVersion
from app.runs.parameters import TrainLabelerParameters
from app.runs.results import TrainedModel
from app.training import rules as training
from app.training import sites, versions
from models.images.networks import weights_origin
from models.known_classes import unseen
from models.labeler_training import train_labeler
from models.reports.language_model import LanguageModel
from models.reports.pretrained import name_of
from worker.films import films, labels, size_of
from worker.language_model import asker_for
from worker.progress import Running
from worker.recipes import recipe_for


def execute(running: Running[TrainLabelerParameters]) -> TrainedModel:
    """Train a labeler on every label given by hand but the calibration reads, and register it."""
    method = running.parameters.method
    with running.reading() as session:
        sites.require_mixed_seed(session)
        rows = training.for_labeler(session)
        classes = [known.name for known in training.classes(session)]
    if method != "language_model":  # which learns nothing but what its answers are worth
        training.require(rows, "labelled development films", "Draw a seed set and label it first.")
    running.log(f"Training a labeler that reads: {method}. It learns from {size_of(rows)}.")
    recipe = recipe_for(running, running.parameters.rng)
    model = _language_model(running, method)
    labeler = train_labeler(
        method,
        films(rows, running.store),
        labels(rows),
        classes,
        recipe,
        running.folder,
        running.report,
        running.should_stop,
        model,
    )
    running.check()
    missing = unseen(labeler.classes, classes)
    if missing:
        running.log(unseen_classes.for_the_log("labeler", missing))
    folder = versions.new_folder(running.run_id, "labeler")
    digest = labeler.save(running.settings.home / folder)
    running.store.share_folder(running.settings.home, folder)
    learned = versions.by_hand(rows)
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
                }
                | ({"language_model_name": model.name} if model else {})
                | unseen_classes.noted(missing),
                training_digest=learned.hexdigest(),
                films=learned.films(),
            ),
        )
    return versions.summary(version)


def _language_model(running: Running[Any], method: str) -> LanguageModel | None:
    """Return the language model a method asks, tried out before a report is sent."""
    asks = method == "language_model" or (
        method == "fused" and running.settings.asks_language_model
    )
    if not asks:
        return None
    asker = asker_for(running, alone=True)
    asker.try_out()
    running.log(f"It asks the language model `{asker.model.name}` at {asker.place}.")
    return asker.model
