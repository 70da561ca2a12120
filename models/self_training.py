"""A classifier that learns from read labels and from probabilities nobody has confirmed.

A teacher learns from the labels that stand. What it says of the other films is pooled with what the
labeler said of them, and a student of the same recipe learns from everything, from the pooled
probabilities with less weight (self-training with soft targets: Xie et al., Noisy Student, CVPR
2020, arXiv 1911.04252). The labeler has seen fewer labels than the teacher, and where it reads
reports it errs on other films than the teacher does: so the pool is right more often than either.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.calibration import SMALLEST
from models.classifier import Classifier, train_classifier
from models.data import Film
from models.progress import OnProgress, ShouldStop, never, silent
from models.recipe import Recipe


def train_student(
    films: Sequence[Film],
    targets: NDArray[np.float32],
    waiting: Sequence[Film],
    probabilities: NDArray[np.float64],
    classes: Sequence[str],
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Classifier:
    """Train a teacher on labels that stand, then a student on all films.

    Args:
        films: whose labels were read or accepted.
        targets: (n, k), their classes' probabilities.
        waiting: films whose pseudo-labels wait for review; where there are none, or the recipe
            counts them as nothing, the teacher is all there is.
        probabilities: (m, k), the labeler's, calibrated.
        classes: names, k of them.
        recipe: of both; `pseudo_label_weight` is what a waiting film counts.
        folder: for checkpoints; a training killed here goes on where it was.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The student.

    Raises:
        TrainingError: if a film or target cannot be used, or a class has no film at all.
        Stopped: if should_stop says so.
    """
    settled = np.ones(len(films), np.float32)
    teacher = train_classifier(
        films, targets, settled, classes, recipe, folder / "teacher", on_progress, should_stop
    )
    if not waiting or recipe.pseudo_label_weight == 0:
        return teacher
    seen = teacher.predict(waiting, on_progress, should_stop)
    soft = pooled(probabilities, seen).astype(np.float32)
    return train_classifier(
        [*films, *waiting],
        np.concatenate([targets, soft]),
        np.concatenate([settled, np.full(len(waiting), recipe.pseudo_label_weight, np.float32)]),
        classes,
        recipe,
        folder / "student",
        on_progress,
        should_stop,
    )


def pooled(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pool two sources' probabilities: their normalised geometric mean.

    The logarithmic opinion pool with equal weights (Genest & Zidek, Statistical Science 1986;1:114)
    stays modest where the sources are not independent, as two image models are not.

    Args:
        first: (n, k).
        second: (n, k).

    Returns:
        (n, k), each row with sum 1.
    """
    product = np.sqrt(first.clip(SMALLEST) * second.clip(SMALLEST))
    return np.asarray(product / product.sum(axis=1, keepdims=True))
