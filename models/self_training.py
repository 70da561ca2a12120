"""A classifier that learns from read labels and from probabilities nobody has confirmed.

Two sources can speak of a film that waits for review: its report, through the labeler, and its
look, through networks taught by other films. What a report labeler gets wrong has little to do
with how the film looks, so the two together are right more often than either. No teacher speaks of
a film it was taught by, because it would repeat what it was told: each of two teachers learns from
the labels that stand and one half of the waiting patients, and speaks of the other half.

An image labeler is no second source: it errs by the look of the film, as a teacher does, and knows
fewer labels. There the word of one teacher, taught by the labels that stand, takes its place.

In the end a student of the same recipe learns from everything (self-training with soft targets:
Xie et al., Noisy Student, CVPR 2020, arXiv 1911.04252).
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.calibration import SMALLEST, probabilities
from models.classifier import Classifier, train_classifier
from models.data import Film
from models.folds import ALWAYS_TRAINS
from models.out_of_fold import image_out_of_fold
from models.progress import OnProgress, ShouldStop, never, silent
from models.recipe import Recipe

HALVES = 2
Array = NDArray[np.float64]


def train_student(
    films: Sequence[Film],
    targets: NDArray[np.float32],
    waiting: Sequence[Film],
    said: Array | None,
    classes: Sequence[str],
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Classifier:
    """Train a classifier on labels that stand and on pseudo-labels that wait for review.

    Args:
        films: whose labels were read or accepted.
        targets: (n, k), their classes' probabilities.
        waiting: films whose pseudo-labels wait for review.
        said: (m, k), the labeler's calibrated probabilities of the waiting films; None where it
            reads images alone.
        classes: names, k of them.
        recipe: of every network; two teachers are shown half as many films each.
        folder: for checkpoints; a training killed here goes on where it was.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The classifier; without waiting films, one of the labels that stand alone.

    Raises:
        TrainingError: if a film or target cannot be used, or a class has no film at all.
        Stopped: if should_stop says so.
    """

    def learn(known: Sequence[Film], told: NDArray[np.float32], subfolder: str) -> Classifier:
        return train_classifier(
            known, told, classes, recipe, folder / subfolder, on_progress, should_stop
        )

    if not waiting:
        return learn(films, targets, "alone")
    if said is None:
        teacher = learn(films, targets, "teacher")
        found = teacher.predict(waiting, on_progress, should_stop)
    else:
        seen = seen_by_teachers(
            films, targets, waiting, said, recipe, folder / "teachers", on_progress, should_stop
        )
        found = both(said, seen)
    told = np.concatenate([targets, found.astype(np.float32)])
    return learn([*films, *waiting], told, "student")


def seen_by_teachers(
    films: Sequence[Film],
    targets: NDArray[np.float32],
    waiting: Sequence[Film],
    said: Array,
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Array:
    """Let two teachers say how each other's waiting films look; arguments as in `train_student`.

    Returns:
        (m, k) probabilities; the classes' shares where there is one patient only.
    """
    patients = sorted({film.group for film in waiting})
    if len(patients) < HALVES:
        return np.tile(said.mean(axis=0), (len(said), 1))
    np.random.default_rng(recipe.seed).shuffle(patients)
    half = {patient: number % HALVES for number, patient in enumerate(patients)}
    halves = [half[film.group] for film in waiting]
    _, logits, _ = image_out_of_fold(
        [*films, *waiting],
        np.concatenate([targets, said.astype(np.float32)]),
        np.array([ALWAYS_TRAINS] * len(films) + halves),
        dataclasses.replace(recipe, presentations=recipe.presentations // HALVES),
        folder,
        on_progress,
        should_stop,
    )
    return probabilities(logits[len(films) :], 1.0)


def both(said: Array, seen: Array) -> Array:
    """Combine what two sources say that err independently of each other.

    P(c | report, look) is proportional to P(c | report) P(c | look) / P(c), the product rule
    (Kittler et al., IEEE TPAMI 1998;20:226).

    Args:
        said: (m, k), from the reports; their mean is taken for P(c).
        seen: (m, k), from the look.

    Returns:
        (m, k), each row with sum 1; `said` where the look says no more than P(c).
    """
    product = said * seen / said.mean(axis=0).clip(SMALLEST)
    return np.asarray(product / product.sum(axis=1, keepdims=True))
