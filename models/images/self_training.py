"""A classifier that learns from read labels and from probabilities nobody has confirmed.

What a report labeler gets wrong has little to do with how the film looks, so a network that learns
from films averages it out. What an image labeler gets wrong it gets wrong by the look of the film,
and a network would learn the mistake. There a teacher first learns from all labels that stand,
which are more than the labeler had, and its probabilities take the place of the labeler's; then a
student of the same recipe learns from everything (self-training with soft targets: Xie et al.,
Noisy Student, CVPR 2020, arXiv 1911.04252).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.images.classifier import Classifier, train_classifier
from models.images.film_array import FilmArray
from models.images.reading import Films
from models.known_classes import spread
from models.progress import OnProgress, ShouldStop, never, silent
from models.recipe import Recipe

Probabilities = NDArray[np.float64] | NDArray[np.float32]


def train_student(
    films: Films,
    targets: NDArray[np.float32],
    waiting: Films,
    probabilities: Probabilities | None,
    classes: Sequence[str],
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Classifier:
    """Train a classifier on labels that stand and on pseudo-labels that wait for review.

    Args:
        films: whose labels were read or accepted; mapped, if the waiting ones are.
        targets: (n, k), their classes' probabilities.
        waiting: films whose pseudo-labels wait for review.
        probabilities: (m, k) of the waiting films, the labeler's, calibrated; None asks a teacher,
            trained on the labels that stand, which is right for a labeler of images alone.
        classes: names, k of them.
        recipe: of every network.
        folder: for checkpoints; a training killed here goes on where it was.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The classifier; without waiting films, one of the labels that stand alone.

    Raises:
        TrainingError: if a film or target cannot be used, or fewer than two classes have
            a film.
        Stopped: if should_stop says so.
    """

    def learn(known: Films, learned: NDArray[np.float32], subfolder: str) -> Classifier:
        return train_classifier(
            known, learned, classes, recipe, folder / subfolder, on_progress, should_stop
        )

    if not len(waiting):
        return learn(films, targets, "alone")
    if probabilities is None:
        teacher = learn(films, targets, "teacher")
        probabilities = _asked(teacher, waiting, classes, on_progress, should_stop)
    soft = np.concatenate([targets, probabilities.astype(np.float32, copy=False)])
    del targets, probabilities  # of a million films, held for as long as the training lasts
    return learn(together(films, waiting), soft, "student")


def _asked(
    teacher: Classifier,
    waiting: Films,
    classes: Sequence[str],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> NDArray[np.float32]:
    """Return what a teacher says of films: (n, k), in the order of all classes."""
    answers = teacher.predict(waiting, on_progress, should_stop)
    return spread(answers, teacher.classes, classes).astype(np.float32)


def together(films: Films, others: Films) -> Films:
    """Put two lists of films into one: both mapped, or neither."""
    if isinstance(films, FilmArray):
        assert isinstance(others, FilmArray)
        return films + others
    assert not isinstance(others, FilmArray)
    return [*films, *others]
