"""Logistic regression with a row for every class, also for those nothing was seen of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.errors import TrainingError

UNSEEN = -12.0
"""Logit, before calibration, of a class no report of the training had."""


def fit_logistic(
    features: Any,
    labels: NDArray[np.int64],
    n_classes: int,
    regularisation: float,
    balanced: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit logistic regression on what reports were turned into.

    Args:
        features: (n, m), dense or sparse.
        labels: int (n,), positions of the classes.
        n_classes: k; a class without any report gets a very low logit.
        regularisation: scikit-learn's C; larger trusts the reports more.
        balanced: weigh classes equally, rather than reports.

    Returns:
        Coefficients (k, m) and intercepts (k,).

    Raises:
        TrainingError: if all have one class.
    """
    present = np.unique(labels)
    if len(present) < 2:
        raise TrainingError(
            "The reports to learn from all have the same class.",
            "reports",
            "Label images of other classes that have a report, or use the image labeler.",
        )
    weight = "balanced" if balanced else None
    regression = LogisticRegression(C=regularisation, max_iter=1000, class_weight=weight)
    fitted = regression.fit(features, labels)
    slopes, intercepts = fitted.coef_, fitted.intercept_
    if len(present) == 2:
        slopes = np.vstack([np.zeros_like(slopes), slopes])
        intercepts = np.concatenate([[0.0], intercepts])
    coefficients = np.zeros((n_classes, slopes.shape[1]))
    offsets = np.full(n_classes, UNSEEN)
    coefficients[present], offsets[present] = slopes, intercepts
    return coefficients, offsets
