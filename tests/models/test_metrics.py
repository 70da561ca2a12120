"""Figures agree with scikit-learn and say None where there is nothing to measure."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from models.metrics import figures


def test_figures_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 200, p=[0.6, 0.3, 0.1])
    probabilities = softmax(rng.normal(0, 1, (200, 3)) + np.eye(3)[labels], axis=1)
    found = figures(probabilities, labels, ["a", "b", "c"])
    aucs = roc_auc_score(labels, probabilities, multi_class="ovr", average=None)
    assert list(found["auc"].values()) == pytest.approx(list(aucs))
    weighted = roc_auc_score(labels, probabilities, multi_class="ovr", average="weighted")
    assert found["wauc"] == pytest.approx(weighted)
    assert found["accuracy"] == accuracy_score(labels, probabilities.argmax(axis=1))
    assert found["nll"] == pytest.approx(log_loss(labels, probabilities))


def test_a_class_nobody_has_gets_no_figure() -> None:
    found = figures(np.full((4, 2), 0.5), np.zeros(4, int), ["a", "b"])
    assert found["auc"] == {"a": None, "b": None}
    assert found["wauc"] is None
