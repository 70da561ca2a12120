"""What a labeler learns of a language model: what its answers are worth, on the labelled seed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.errors import TrainingError
from models.film import Film
from models.labeler import Labeler, digest_of
from models.metrics import figures_by_part
from models.progress import OnProgress, ShouldStop
from models.recipe import Recipe
from models.reports.confusion import Array, fit_confusion, held_out
from models.reports.language_model import LanguageModel, LanguageReader, ask_about
from models.reports.questionnaire import questionnaire


def train_language_labeler(
    films: Sequence[Film],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    recipe: Recipe,
    model: LanguageModel | None,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Labeler:
    """Make a labeler of a language model alone.

    Args:
        films: the seed, which may be empty or lack classes: what was assumed of the answers
            beforehand then stands (`models.reports.confusion`).
        labels: (n,).
        classes: names.
        recipe: kept beside it.
        model: to ask.
        on_progress: told (done, total, message).
        should_stop: asked between answers.

    Returns:
        The labeler.

    Raises:
        TrainingError: there is one class only, or no language model, or it has no usable answer
            to any report.
        Stopped: if should_stop says so.
    """
    if len(classes) < 2:
        raise TrainingError("There is nothing to tell apart.", "classes", "Add a second class.")
    groups = [film.group for film in films]
    folds = np.unique(groups, return_inverse=True)[1]  # to leave a patient out costs nothing here
    language, answers = read_by_language_model(
        films, labels, classes, folds, model, on_progress, should_stop
    )
    counts = np.bincount(labels, minlength=len(classes)) + 1
    return Labeler(
        method="language_model",
        classes=tuple(classes),
        recipe=recipe,
        shares=tuple((counts / counts.sum()).tolist()),
        reports=None,
        images=None,
        pool=None,
        metrics=figures_by_part({"language_model": answers}, labels, classes),
        training_digest=digest_of(["language_model", language.digest, str(labels.tolist())]),
        language=language,
    )


def read_by_language_model(
    films: Sequence[Film],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    folds: NDArray[np.int64],
    model: LanguageModel | None,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[LanguageReader, Array]:
    """Ask about the seed's reports, and calibrate the answers.

    Args:
        films: the seed.
        labels: (n,).
        classes: names.
        folds: (n,), the fold each film is held out in, or below 0 for none.
        model: to ask.
        on_progress: told (done, total, message).
        should_stop: asked between answers.

    Returns:
        The reader, and calibrated out-of-fold probabilities, NaN where there are none.

    Raises:
        TrainingError: there is no language model, or it has no usable answer to any report.
        Stopped: if should_stop says so.
    """
    if model is None:
        raise TrainingError(
            "There is no language model to ask.",
            "CONDYLE_LLM_URL",
            "Set CONDYLE_LLM_URL and CONDYLE_LLM_MODEL for the workers.",
        )
    question = questionnaire(classes)
    replies = ask_about(films, model, question, on_progress, should_stop)
    if any(replies.statuses) and not replies.answered.any():
        raise TrainingError(
            "The language model has no usable answer to any report of the seed.",
            replies.faults(),
            "Use another model, or see that its server follows response_format json_schema.",
        )
    given = replies.given(classes)
    table = fit_confusion(given, labels, len(classes))
    return LanguageReader(model, question, table), held_out(given, labels, folds, len(classes))
