"""Figures of predictions on films whose labels are known."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.calibration import SMALLEST, negative_log_likelihood


def figures(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, Any]:
    """Sum up predictions made without the films' own labels.

    Args:
        probabilities: (n, k).
        labels: (n,), positions of the classes.
        classes: names, k of them.

    Returns:
        `n`; `auc`, one-vs-rest by class name, None where a class has all films or none; `wauc`,
        their mean weighted by the class's share, None if none has an AUC; `accuracy`; `nll` in
        nats.
    """
    aucs = [_auc(labels == place, probabilities[:, place]) for place in range(len(classes))]
    share = np.bincount(labels, minlength=len(classes)) / len(labels)
    known = [place for place, auc in enumerate(aucs) if auc is not None]
    weighted = sum(share[place] * (aucs[place] or 0.0) for place in known)
    total = sum(share[place] for place in known)
    return {
        "n": len(labels),
        "auc": dict(zip(classes, aucs, strict=True)),
        "wauc": float(weighted / total) if known else None,
        "accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        "nll": negative_log_likelihood(np.log(probabilities.clip(SMALLEST)), labels),
    }


def figures_by_part(
    parts: Mapping[str, NDArray[np.float64]], labels: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, Any]:
    """Sum up the out-of-fold predictions of each part of a labeler.

    Args:
        parts: by name, (n, k), rows of NaN where a part made no prediction.
        labels: (n,), positions of the classes.
        classes: names, k of them.

    Returns:
        `figures` by name, for the parts that made any prediction.
    """
    held = {name: ~np.isnan(part).any(axis=1) for name, part in parts.items()}
    return {
        name: figures(part[held[name]], labels[held[name]], classes)
        for name, part in parts.items()
        if held[name].any()
    }


def _auc(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> float | None:
    if positive.all() or not positive.any():
        return None
    return float(roc_auc_score(positive, score))
