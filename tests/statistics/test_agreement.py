import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, cohen_kappa_score
from sklearn.metrics import confusion_matrix as sklearn_matrix

from app.statistics.agreement import cohen_kappa, confusion_matrix
from app.statistics.calibration import brier_score, expected_calibration_error, reliability_bins

LABELS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=80)


@given(LABELS)
def test_matrix_and_kappa_are_those_of_scikit_learn(pairs):
    a, b = np.array(pairs).T
    matrix = confusion_matrix(a, b, 3)
    assert (matrix == sklearn_matrix(a, b, labels=[0, 1, 2])).all()
    result = cohen_kappa(matrix)
    if result is None:
        assert len(set(a) | set(b)) == 1
    else:
        assert result[0] == pytest.approx(cohen_kappa_score(a, b), abs=1e-9)
        assert -1 <= result[1][0] <= result[0] <= result[1][1] <= 1


def test_the_interval_of_kappa_is_as_wide_as_repeated_reading_varies():
    rng = np.random.default_rng(0)
    truth = np.array([[0.4, 0.08, 0.02], [0.06, 0.2, 0.04], [0.02, 0.03, 0.15]])
    tables = rng.multinomial(300, truth.ravel(), 4000).reshape(-1, 3, 3)
    kappas = [cohen_kappa(table)[0] for table in tables]
    low, high = cohen_kappa((truth * 300).round().astype(int))[1]
    assert (high - low) / 2 / 1.96 == pytest.approx(np.std(kappas), rel=0.04)


def test_nothing_read_has_no_kappa():
    assert cohen_kappa(np.zeros((3, 3), int)) is None


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
