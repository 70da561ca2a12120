"""A `train_classifier` run: the baseline on manual labels, the final on all labels there are.

Both by the same recipe and seed, so that the labels are all that differs. The final learns from
labels that were read or accepted, and from the probabilities of the pseudo-labels that wait for
review.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app import unseen_classes
from app.db.learning import ModelVersion
from app.runs.parameters import TrainClassifierParameters
from app.runs.results import TrainClassifierResult
from app.training import rules as training
from app.training import versions
from app.training.rules import TrainingFilm
from models.images.networks import weights_origin
from models.images.self_training import train_student
from models.known_classes import unseen
from worker.films import films, labels, size_of
from worker.progress import Running
from worker.recipes import recipe_for

PseudoLabelled = Sequence[tuple[TrainingFilm, Sequence[float]]]


@dataclass(frozen=True)
class Known:
    """What a classifier learns from."""

    by_hand: Sequence[TrainingFilm]
    accepted: PseudoLabelled = ()
    waiting: PseudoLabelled = ()
    """Pseudo-labels that wait for review."""
    lots: Sequence[int] = ()
    """Of the accepted."""
    labeler: str = ""
    """What made the pseudo-labels: `text`, `image` or `fused`."""

    def labelled(self) -> list[TrainingFilm]:
        """Return the films whose labels stand: those labelled by hand, then the accepted."""
        return [*self.by_hand, *(film for film, _ in self.accepted)]

    def targets(self, classes: int) -> np.ndarray:
        """Return the target of each labelled film: its class, or the labeler's probabilities.

        Args:
            classes: how many there are.

        Returns:
            float32 of shape (n, classes).
        """
        hard = np.eye(classes, dtype=np.float32)[labels(self.by_hand)]
        soft = _probabilities(self.accepted, classes).astype(np.float32)
        return np.concatenate([hard, soft])


def execute(running: Running[TrainClassifierParameters]) -> TrainClassifierResult:
    """Train and register both classifiers; one an interrupted try has registered is kept."""
    with running.reading() as session:
        sweep = training.require_sweep(session)
        seed = training.for_baseline(session)
        known = Known(
            by_hand=training.by_hand(session),
            accepted=training.accepted(session, sweep),
            waiting=training.waiting(session, sweep),
            lots=training.lots_of(session, sweep),
            labeler=session.get_one(ModelVersion, sweep.labeler_id).method,
        )
    training.require(seed, "labelled seed films", "Draw a seed set and label it first.")
    running.log(
        f"Baseline: {size_of(seed)}, labelled by hand. Final: {size_of(known.by_hand)}, labelled "
        f"by hand, {len(known.accepted):,} accepted pseudo-labels, and "
        f"{len(known.waiting):,} that wait for review."
    )
    baseline = _train(running, "baseline", Known(seed))
    final = _train(running, "final", known)
    return TrainClassifierResult(
        sweep=sweep.id, baseline=versions.summary(baseline), final=versions.summary(final)
    )


def _train(running: Running[TrainClassifierParameters], role: str, known: Known) -> ModelVersion:
    with running.reading() as session:
        made = versions.made_by(session, running.run_id, role)
        classes = [known_class.name for known_class in training.classes(session)]
    if made is not None:
        return made
    labelled = known.labelled()
    recipe = recipe_for(running, running.parameters.rng)
    classifier = train_student(
        films(labelled, running.store),
        known.targets(len(classes)),
        films((film for film, _ in known.waiting), running.store),
        None if known.labeler == "image" else _probabilities(known.waiting, len(classes)),
        classes,
        recipe,
        running.folder / role,
        lambda done, total, message: running.report(done, total, f"{role.title()}: {message}"),
        running.should_stop,
    )
    running.check()
    missing = unseen(classifier.classes, classes)
    if missing:
        running.log(unseen_classes.for_the_log(versions.WORDS[role], missing))
    folder = versions.new_folder(running.run_id, role)
    digest = classifier.save(running.settings.home / folder)
    running.store.share_folder(running.settings.home, folder)
    version = ModelVersion(
        role=role,
        method="image",
        run_id=running.run_id,
        folder=folder,
        digest=digest,
        recipe=recipe.to_json(),
        metrics=classifier.metrics
        | {
            "films": len(labelled),
            "waiting": len(known.waiting),
            "weights": weights_origin(recipe.weights),
        }
        | unseen_classes.noted(missing),
        training_digest=versions.digest(
            known.by_hand,
            accepted=[film for film, _ in known.accepted],
            waiting=[film for film, _ in known.waiting],
        ),
    )
    with running.transaction() as session:
        return versions.register(session, version, known.lots)


def _probabilities(pseudo_labelled: PseudoLabelled, classes: int) -> np.ndarray:
    rows = [probabilities for _, probabilities in pseudo_labelled]
    return np.array(rows, np.float64).reshape(-1, classes)
