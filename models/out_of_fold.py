"""Predictions of seed films by models that have not seen the patient."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from models.examples import examples
from models.film import Film
from models.images.parallel import Job, train_all
from models.images.prediction import logits_of
from models.images.reading import load_films
from models.progress import OnProgress, ShouldStop
from models.recipe import Recipe
from models.reports.regularisation import Choice, Fold, choose
from models.reports.text import film_terms, vectoriser


def image_out_of_fold(
    films: Sequence[Film],
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    n_classes: int,
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[list[nn.Module], NDArray[np.float64], str, list[dict[str, Any]]]:
    """Train one network for each fold, and let it predict that fold.

    Args:
        films: the films.
        labels: (n,), positions of the classes.
        folds: (n,), the fold each film is held out in, or below 0 for none.
        n_classes: k.
        recipe: how networks are trained.
        folder: for checkpoints, one folder a fold.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The networks; float64 (n, k) logits, NaN for films never held out; the SHA-256 over what
        was learned from; and how each network's loss fell.
    """
    pixels = load_films(films, recipe.size, on_progress, should_stop)
    targets = np.eye(n_classes, dtype=np.float32)[labels]
    logits = np.full((len(labels), n_classes), np.nan)
    jobs = [
        Job(
            examples(pixels[folds != fold], targets[folds != fold]),
            dataclasses.replace(recipe, seed=recipe.seed + fold),
            folder / f"fold-{fold}",
        )
        for fold in range(int(folds.max()) + 1)
    ]
    networks = train_all(jobs, on_progress, should_stop)
    for fold, network in enumerate(networks):
        logits[folds == fold] = logits_of([network], pixels[folds == fold], recipe)
    digest = examples(pixels, targets).digest(recipe)
    return networks, logits, digest, [job.curve for job in jobs]


def text_out_of_fold(
    films: Sequence[Film],
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    n_classes: int,
    recipe: Recipe,
) -> tuple[Choice, NDArray[np.float64]]:
    """Train the report labeler without each fold, and let it predict that fold.

    Args:
        films: each with a report.
        labels: (n,), positions of the classes.
        folds: (n,), the fold each film is held out in, or below 0 for none.
        n_classes: k.
        recipe: its `text_regularisation` is used.

    Returns:
        How the regression is held back, and its float64 (n, k) logits, NaN for films never held
        out.
    """
    found = [film_terms(film) for film in films]
    parts = []
    for fold in range(int(folds.max()) + 1):
        own = folds == fold
        if own.any():
            weighed = vectoriser()
            learned = weighed.fit_transform(_of(found, ~own))
            parts.append(Fold(learned, weighed.transform(_of(found, own)), own))
    return choose(parts, labels, n_classes, recipe.text_regularisation)


def _of(found: Sequence[Sequence[str]], rows: NDArray[np.bool_]) -> list[Sequence[str]]:
    return [terms for terms, chosen in zip(found, rows, strict=True) if chosen]
