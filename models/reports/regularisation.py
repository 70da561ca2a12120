"""How strongly a report labeler's regression is held back, chosen on films held out.

With few films of a class, a regression held back strongly never answers it, and one held back
weakly learns the errors of the reports by heart. Which of them is worse depends on the reports;
the films held out tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.calibration import fit_temperature, log_losses
from models.linear import fit_logistic

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""scikit-learn's C, from what holds back most."""
BALANCES = (True, False)
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fold:
    """What one fold's regression learns from, and what it then predicts.

    Attributes:
        features: (n, m) of the films of the other folds, dense or sparse.
        held: (h, m) of the fold's own films.
        own: bool (films,), which these are.
    """

    features: Any
    held: Any
    own: NDArray[np.bool_]


@dataclass(frozen=True)
class Choice:
    """How a regression is held back.

    Attributes:
        regularisation: scikit-learn's C.
        balanced: whether classes weigh equally.
        loss: out of fold, after a temperature, in nats.
    """

    regularisation: float
    balanced: bool
    loss: float


def choose(
    folds: Sequence[Fold], labels: NDArray[np.int64], n_classes: int, given: float
) -> tuple[Choice, Array]:
    """Choose by the log loss of the films held out, after the temperature they will be given.

    Of those whose loss is not more than a standard error above the least, the one that holds back
    most is taken (the one-standard-error rule, Breiman et al., Classification and Regression Trees,
    1984): where reports err, what fits a little better has learned their errors.

    Args:
        folds: each film in one of them at most.
        labels: (n,), positions of the classes.
        n_classes: k.
        given: C, classes weighing equally; 0 to choose both.

    Returns:
        The choice, and its float64 (n, k) logits, NaN for films never held out.
    """
    tried: list[tuple[float, bool, Array, Array]] = []
    for strength, balanced in [(given, True)] if given else product(STRENGTHS, BALANCES):
        logits = _held_out(folds, labels, n_classes, strength, balanced)
        held = ~np.isnan(logits).any(axis=1)
        temperature = fit_temperature(logits[held], labels[held])
        losses = log_losses(logits[held] / temperature, labels[held])
        tried.append((strength, balanced, losses, logits))
    least = min((losses for _, _, losses, _ in tried), key=lambda losses: float(losses.mean()))
    return next(
        (Choice(strength, balanced, float(losses.mean())), logits)
        for strength, balanced, losses, logits in tried
        if _close(losses - least)
    )


def _close(excess: Array) -> bool:
    return bool(excess.mean() <= excess.std() / np.sqrt(len(excess)))


def _held_out(
    folds: Sequence[Fold],
    labels: NDArray[np.int64],
    n_classes: int,
    strength: float,
    balanced: bool,
) -> Array:
    logits = np.full((len(labels), n_classes), np.nan)
    for fold in folds:
        learned = labels[~fold.own]
        slopes, offsets = fit_logistic(fold.features, learned, n_classes, strength, balanced)
        logits[fold.own] = fold.held @ slopes.T + offsets
    return logits
