import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from app.statistics.calibration import brier_score, expected_calibration_error, reliability_bins


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
