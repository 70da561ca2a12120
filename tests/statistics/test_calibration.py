import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from app.statistics.calibration import (
    brier_score,
    calibration_intervals,
    expected_calibration_error,
    reliability_bins,
)


def test_perfectly_calibrated_confidence_has_no_error_and_overconfidence_has():
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.5, 1, 50_000)
    probabilities = np.stack([confidence, 1 - confidence], 1)
    labels = (rng.random(50_000) > confidence).astype(int)
    bins = reliability_bins(labels, probabilities)
    assert expected_calibration_error(bins) < 0.01
    assert sum(b.n for b in bins) == 50_000
    assert all(b.ci[0] <= b.accuracy <= b.ci[1] for b in bins)
    assert all(b.lower <= b.confidence <= b.upper for b in bins)
    always_sure = np.tile([1.0, 0.0], (50_000, 1))
    gap = expected_calibration_error(reliability_bins(labels, always_sure))
    assert gap == pytest.approx(0.25, abs=0.01)


def test_the_brier_score_is_twice_scikit_learns_for_two_classes():
    rng = np.random.default_rng(2)
    labels, p = rng.integers(0, 2, 500), rng.random(500)
    expected = 2 * brier_score_loss(labels, p)
    assert brier_score(labels, np.stack([1 - p, p], 1)) == pytest.approx(expected)


def test_the_intervals_hold_the_figures_and_that_of_the_brier_score_is_of_the_right_width():
    rng = np.random.default_rng(3)
    labels, p = rng.integers(0, 2, 400), rng.random(400)
    probabilities = np.stack([1 - p, p], 1)
    brier, error = calibration_intervals(labels, probabilities)
    squared = ((probabilities - np.eye(2)[labels]) ** 2).sum(axis=1)
    expected = 1.96 * squared.std() / np.sqrt(400)
    assert brier == pytest.approx((squared.mean() - expected, squared.mean() + expected), abs=0.01)
    assert error[0] < expected_calibration_error(reliability_bins(labels, probabilities)) < error[1]
