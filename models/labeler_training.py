"""Training a labeler: out-of-fold predictions first, then calibration and pooling on them."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.calibration import ONE_THING, fit_temperature
from models.errors import TrainingError
from models.film import Film
from models.folds import patient_folds
from models.images.classifier import Classifier
from models.known_classes import known_classes, renumbered
from models.labeler import METHODS, Array, Labeler, ReportReader, digest_of
from models.language_training import read_by_language_model, train_language_labeler
from models.metrics import figures_by_part
from models.out_of_fold import image_out_of_fold, text_out_of_fold
from models.pooling import fused, pool_of, read_together
from models.progress import OnProgress, ShouldStop, never, silent
from models.recipe import Recipe
from models.reports.encoder import EncoderModel
from models.reports.encoder_training import train_encoder
from models.reports.known_words import learn
from models.reports.language_model import LanguageModel
from models.reports.text import TextModel, cleaned, has_report, train_text, words_of

FEWEST_CLASSES = 2
"""That films must be of; how well a class was learned is for acceptance to judge."""


def train_labeler(
    method: str,
    films: Sequence[Film],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
    model: LanguageModel | None = None,
) -> Labeler:
    """Train a labeler on the seed.

    Each part predicts the seed's patients without having seen them; temperatures and the pool are
    fitted on those predictions. The image part keeps its folds' networks and averages them.
    A language model learns only what its answers are worth, so it can do with any seed, or none.
    A class that no film has is not learned, and the labeler's `classes` are without it.

    Args:
        method: one of `METHODS`.
        films: the seed; the text method passes over those without a report.
        labels: int (n,), positions of the classes.
        classes: names.
        recipe: how networks are trained.
        folder: for checkpoints; a training killed here goes on where it was.
        on_progress: told (done, total, message).
        should_stop: asked at every step.
        model: the language model to ask, for the methods language_model and fused.

    Returns:
        The labeler.

    Raises:
        TrainingError: if there is too little to learn from, saying what is missing, or a film
            cannot be used.
        Stopped: if should_stop says so.
    """
    if method not in METHODS:
        raise TrainingError(
            f"There is no labeler called `{method}`.", "method", f"Use: {', '.join(METHODS)}."
        )
    labels = np.asarray(labels, np.int64)
    refuse_unknown_labels(labels, len(films), len(classes))
    if method == "language_model":
        return train_language_labeler(
            films, labels, classes, recipe, model, on_progress, should_stop
        )
    if method == "text":
        films, labels = with_report(films, labels)
    refuse_too_few(labels, classes, "that have a report" if method == "text" else "")
    classes, labels = known_classes(labels, classes), renumbered(labels)
    folds = patient_folds(labels, [film.group for film in films], recipe.folds, recipe.seed)
    text = answers = image = np.full((len(films), len(classes)), np.nan)
    reports = language = readers = images = None
    if method == "fused" and model:
        language, answers = read_by_language_model(
            films, labels, classes, folds, model, on_progress, should_stop
        )
    if method != "image":
        reports, text = read_reports(
            films, labels, classes, folds, recipe, folder, on_progress, should_stop
        )
    if method != "text":
        images, image = read_images(
            films, labels, classes, folds, recipe, folder, on_progress, should_stop
        )
    if language:
        readers = pool_of(text, answers, labels, ONE_THING)
    report = read_together(text, answers, readers)
    pool = pool_of(report, image, labels) if method == "fused" else None
    shares = np.bincount(labels, minlength=len(classes)) / len(labels)
    metrics = figures_by_part(
        {"text": text, "language_model": answers, "image": image}
        | ({"fused": fused(report, image, shares, pool)} if pool else {}),
        labels,
        classes,
    )
    if images:
        metrics["curves"] = images.metrics["curves"]
    if reports and reports.choice:
        metrics["text"] |= dataclasses.asdict(reports.choice)
    return Labeler(
        method=method,
        classes=tuple(classes),
        recipe=recipe,
        shares=tuple(shares.tolist()),
        reports=reports,
        images=images,
        pool=pool,
        metrics=metrics,
        training_digest=digest_of(
            [
                method,
                images.training_digest if images else "",
                *(cleaned(film) for film in films if reports),
                str(labels.tolist()),
                *([language.digest] if language else []),
            ]
        ),
        language=language,
        readers=readers,
    )


def read_reports(
    films: Sequence[Film],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    folds: NDArray[np.int64],
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[ReportReader, Array]:
    """Train the report's part.

    Args:
        films: the seed.
        labels: (n,).
        classes: names.
        folds: (n,).
        recipe: its text choices are used.
        folder: for checkpoints.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The reader, and calibrated out-of-fold probabilities, NaN where there are none.

    Raises:
        TrainingError: if the films with a report have one class only, or the encoder cannot be
            used. A class that none of them has is left to the image.
    """
    rows = np.array([has_report(film) for film in films], bool)
    some, own = with_report(films, labels)
    refuse_too_few(own, classes, "that have a report")
    model: TextModel | EncoderModel
    choice = None
    if recipe.text_encoder:
        model, logits = train_encoder(
            some, own, folds[rows], len(classes), recipe, folder, on_progress, should_stop
        )
    else:
        choice, logits = text_out_of_fold(some, own, folds[rows], len(classes), recipe)
        model = train_text(some, own, len(classes), choice.regularisation, choice.balanced)
    temperature, held = calibrated(logits, own)
    whole = np.full((len(films), len(classes)), np.nan)
    whole[rows] = held
    known = learn([words_of(film) for film in some], folds[rows])
    return ReportReader(model, temperature, known, choice), whole


def read_images(
    films: Sequence[Film],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    folds: NDArray[np.int64],
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[Classifier, Array]:
    """Train the image's part.

    Args:
        films: the seed.
        labels: (n,).
        classes: names.
        folds: (n,).
        recipe: how networks are trained.
        folder: for checkpoints.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The folds' networks as one classifier, and calibrated out-of-fold probabilities, NaN for
        films never held out.
    """
    networks, logits, digest, curves = image_out_of_fold(
        films, labels, folds, len(classes), recipe, folder, on_progress, should_stop
    )
    temperature, held = calibrated(logits, labels)
    images = Classifier(
        tuple(classes),
        tuple(networks),
        recipe,
        temperature,
        digest,
        {"folds": len(networks), "curves": curves},
    )
    return images, held


def calibrated(logits: Array, labels: NDArray[np.int64]) -> tuple[float, Array]:
    """Fit a temperature on the films held out, and apply it to them.

    Args:
        logits: (n, k), rows of NaN for films never held out.
        labels: (n,), of all films of this part: a class that none has says nothing of how sure
            the part may be.

    Returns:
        The temperature and (n, k) probabilities, NaN where the logits are.
    """
    held = ~np.isnan(logits).any(axis=1)
    temperature = fit_temperature(logits[held][:, np.unique(labels)], renumbered(labels)[held])
    return temperature, calibration.probabilities(logits, temperature)


def with_report(
    films: Sequence[Film], labels: NDArray[np.int64]
) -> tuple[list[Film], NDArray[np.int64]]:
    """Keep the films whose report says anything."""
    rows = [row for row, film in enumerate(films) if has_report(film)]
    return [films[row] for row in rows], labels[rows]


def refuse_unknown_labels(labels: NDArray[np.int64], n: int, n_classes: int) -> None:
    """Refuse labels that are not one class position for each film."""
    if labels.shape != (n,) or ((labels < 0) | (labels >= n_classes)).any():
        raise TrainingError(
            "The labels are not one class position for each film.",
            f"{labels.shape} labels, {n} films, {n_classes} classes",
            "Correct the labels.",
        )


def refuse_too_few(labels: NDArray[np.int64], classes: Sequence[str], which: str) -> None:
    """Refuse a seed whose films are not of two classes at least.

    Args:
        labels: (n,), positions of the classes.
        classes: names.
        which: words that narrow down what to label, or "".

    Raises:
        TrainingError: saying which classes are missing.
    """
    if len(classes) < FEWEST_CLASSES:
        raise TrainingError("There is nothing to tell apart.", "classes", "Add a second class.")
    counts = np.bincount(labels, minlength=len(classes)).tolist()
    missing = [name for name, count in zip(classes, counts, strict=True) if not count]
    if len(classes) - len(missing) < FEWEST_CLASSES:
        tally = ", ".join(f"{c} `{name}`" for name, c in zip(classes, counts, strict=True))
        names = " or ".join(f"`{name}`" for name in missing)
        raise TrainingError(
            "There are too few labels to train the labeler: it takes films of two classes.",
            f"labelled{' ' + which if which else ''}: {tally}",
            f"Label at least one more {names}{', an image ' + which if which else ''}.",
        )
