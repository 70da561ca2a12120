"""A `train_classifier` run: the baseline on manual labels, the final on all labels there are.

Both by the same recipe and seed, so that the labels are all that differs. The final learns from
labels that were read or accepted, and from the probabilities of the pseudo-labels that wait for
review.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy.orm import Session

from app import unseen_classes
from app.db.engine import snapshot
from app.db.learning import ModelVersion, Sweep
from app.runs.parameters import TrainClassifierParameters
from app.runs.results import TrainClassifierResult
from app.training import rules as training
from app.training import versions
from app.training.rules import Swept, TrainingFilm
from models.images.classifier import Classifier
from models.images.kept_films import tidy
from models.images.networks import weights_origin
from models.images.reading import map_films
from models.images.self_training import train_student
from models.known_classes import unseen
from models.recipe import Recipe
from worker.film_list import FilmList
from worker.films import KEPT, size_of
from worker.progress import Running
from worker.recipes import recipe_for


@dataclass(frozen=True)
class Known:
    """What a classifier learns from.

    Attributes:
        standing: films whose labels stand: those labelled by hand, then the accepted.
        waiting: films whose pseudo-labels wait for review.
        digest: the name of it all.
        films: its images, as a model version keeps them.
        lots: of the accepted.
        labeler: what made the pseudo-labels: `text`, `image` or `fused`.
    """

    standing: FilmList
    waiting: FilmList
    digest: str
    films: str
    lots: Sequence[int] = ()
    labeler: str = ""


def execute(running: Running[TrainClassifierParameters]) -> TrainClassifierResult:
    """Train and register both classifiers; one an interrupted try has registered is kept."""
    with snapshot(running.database) as session:
        sweep = training.require_sweep(session)
        seed = training.for_baseline(session)
        by_hand = training.by_hand(session)
        training.require(seed, "labelled seed films", "Draw a seed set and label it first.")
        alone = _list(running, session, "baseline", seed)
        known = _list(running, session, "final", by_hand, sweep)
    accepted = len(known.standing) - len(by_hand)
    running.log(
        f"Baseline: {size_of(seed)}, labelled by hand. Final: {size_of(by_hand)}, labelled "
        f"by hand, {accepted:,} accepted pseudo-labels, and "
        f"{len(known.waiting):,} that wait for review."
    )
    baseline = _train(running, "baseline", alone)
    final = _train(running, "final", known)
    tidy(running.settings.home / KEPT)
    return TrainClassifierResult(
        sweep=sweep.id, baseline=versions.summary(baseline), final=versions.summary(final)
    )


def _list(
    running: Running[Any],
    session: Session,
    role: str,
    by_hand: Sequence[TrainingFilm],
    sweep: Sweep | None = None,
) -> Known:
    """List what a classifier learns from, the pseudo-labels of a sweep too where one is given."""
    classes = len(training.classes(session))
    folder = running.folder / role
    folder.mkdir(parents=True, exist_ok=True)
    standing, waiting = (FilmList(folder / f"{n}.films", classes) for n in ("standing", "waiting"))
    whole = versions.TrainingDigest()

    def named(labelled: Swept, origin: str) -> Swept:
        for film, probabilities in labelled:
            whole.add(film, origin)
            yield film, probabilities

    certain = named(_by_hand(by_hand, classes), "by hand")
    accepted = training.accepted(session, sweep) if sweep else iter(())
    standing.write(chain(certain, named(accepted, "accepted")))
    waiting.write(named(training.waiting(session, sweep) if sweep else iter(()), "waiting"))
    return Known(
        standing,
        waiting,
        whole.hexdigest(),
        whole.films(),
        training.lots_of(session, sweep) if sweep else (),
        session.get_one(ModelVersion, sweep.labeler_id).method if sweep else "",
    )


def _by_hand(films: Iterable[TrainingFilm], classes: int) -> Swept:
    """Give each film the class that was read."""
    for film in films:
        yield film, [float(place == film.class_index) for place in range(classes)]


def _train(running: Running[TrainClassifierParameters], role: str, known: Known) -> ModelVersion:
    with running.reading() as session:
        made = versions.made_by(session, running.run_id, role)
        classes = [known_class.name for known_class in training.classes(session)]
    if made is not None:
        return made
    recipe = recipe_for(running, running.parameters.rng)
    classifier = _learn(running, role, known, classes, recipe)
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
            "films": len(known.standing),
            "waiting": len(known.waiting),
            "weights": weights_origin(recipe.weights),
        }
        | unseen_classes.noted(missing),
        training_digest=known.digest,
        films=known.films,
    )
    with running.transaction() as session:
        return versions.register(session, version, known.lots)


def _learn(
    running: Running[Any], role: str, known: Known, classes: list[str], recipe: Recipe
) -> Classifier:
    """Train a classifier on films that lie in files, however many there are."""
    standing, waiting = known.standing, known.waiting
    folder = running.folder / role

    def report(done: int, total: int, message: str) -> None:
        running.report(done, total, f"{role.title()}: {message}")

    kept = running.settings.home / KEPT
    pages = chain(standing.pages(running.store, kept), waiting.pages(running.store, kept))
    total = len(standing) + len(waiting)
    try:
        shown = map_films(pages, total, recipe.size, folder / KEPT, report, running.should_stop)
        return train_student(
            shown.part(slice(len(standing))),
            standing.probabilities(),
            shown.part(slice(len(standing), total)),
            None if known.labeler == "image" else waiting.probabilities(),
            classes,
            recipe,
            folder,
            report,
            running.should_stop,
        )
    finally:
        shutil.rmtree(folder / KEPT, ignore_errors=True)
