import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score, roc_curve

from app.statistics.auc import auc, auc_interval, delong, difference_test, weighted_auc
from app.statistics.roc import operating_point, roc_points, threshold_for_sensitivity

SCORES = st.integers(0, 6).map(lambda i: i / 6)


@st.composite
def binary_cases(draw, models=2):
    n = draw(st.integers(2, 40))
    positive = draw(hnp.arrays(bool, n).filter(lambda p: p.any() and not p.all()))
    return positive, draw(hnp.arrays(float, (models, n), elements=SCORES))


def generated_case(rng, n, rounding):
    positive = rng.random(n) < 0.4
    shared = rng.normal(size=n)
    scores = [positive * s + shared + rng.normal(size=n) for s in (0.8, 1.2)]
    return positive, np.round(np.array(scores), rounding)


@pytest.fixture(scope="session")
def proc_answers():
    """Cases, with and without ties, and what R's pROC says of them."""
    rng = np.random.default_rng(0)
    cases = [generated_case(rng, n, r) for n in (12, 60, 400) for r in (0, 1, 8)]
    answers = run_proc(cases)
    return list(zip(cases, answers, strict=True))


def run_proc(cases):
    rscript = shutil.which("Rscript")
    assert rscript, "Rscript is missing: install r-cran-proc (`make test` does)"
    lines = [
        ";".join(",".join(repr(float(x)) for x in row) for row in (positive, *scores))
        for positive, scores in cases
    ]
    answer = subprocess.run(
        [rscript, "--vanilla", Path(__file__).parent / "pROC.R"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return [np.array(line.split(), dtype=float) for line in answer.stdout.splitlines()]


def test_auc_interval_and_paired_test_are_those_of_proc(proc_answers):
    for (positive, scores), expected in proc_answers:
        result = delong(positive, scores)
        covariance = result.covariance()
        m, n = int(positive.sum()), int((~positive).sum())
        interval = auc_interval(result.aucs[0], covariance[0, 0], m, n)
        z, p = difference_test(result.aucs, covariance)
        assert [*result.aucs, *interval, z, p] == pytest.approx(list(expected), abs=1e-9)


@given(binary_cases())
def test_auc_with_ties_is_that_of_scikit_learn(case):
    positive, scores = case
    expected = [roc_auc_score(positive, row) for row in scores]
    assert [auc(positive, row) for row in scores] == pytest.approx(expected, abs=1e-12)
    assert list(delong(positive, scores).aucs) == pytest.approx(expected, abs=1e-12)


@given(binary_cases())
def test_the_interval_holds_the_auc_and_stays_between_zero_and_one(case):
    positive, scores = case
    result = delong(positive, scores)
    for value, variance in zip(result.aucs, np.diag(result.covariance()), strict=True):
        low, high = auc_interval(value, variance, positive.sum(), (~positive).sum())
        assert 0 <= low <= value + 1e-12
        assert value - 1e-12 <= high <= 1
        assert low < high


@given(binary_cases())
def test_swapping_the_models_turns_the_sign_of_z(case):
    positive, scores = case
    result, swapped = delong(positive, scores), delong(positive, scores[::-1])
    first = difference_test(result.aucs, result.covariance())
    second = difference_test(swapped.aucs, swapped.covariance())
    assert (first is None) == (second is None)
    if first and second:
        assert first == pytest.approx((-second[0], second[1]), rel=1e-6)


def test_a_class_that_is_absent_has_no_auc():
    assert auc(np.zeros(3, dtype=bool), np.arange(3.0)) is None
    assert auc(np.ones(3, dtype=bool), np.arange(3.0)) is None


def test_models_that_rank_alike_have_z_0_and_p_1():
    positive = np.array([True, False, True, False, True])
    scores = np.array([0.9, 0.2, 0.4, 0.6, 0.5])
    result = delong(positive, np.stack([scores, scores**2]))
    assert difference_test(result.aucs, result.covariance()) == (0.0, 1.0)


def test_a_difference_without_variance_has_no_test():
    positive = np.array([True, True, False, False])
    result = delong(positive, np.array([[0.0, 0, 0, 0], [1.0, 1, 0, 0]]))
    assert difference_test(result.aucs, result.covariance()) is None


def test_perfect_separation_gets_an_interval_that_claims_no_certainty():
    small = auc_interval(1.0, 0.0, 5, 5)
    large = auc_interval(1.0, 0.0, 500, 500)
    assert small[1] == large[1] == 1.0
    assert small[0] < 0.75 < 0.99 < large[0] < 1


def test_the_clustered_variance_equals_the_plain_one_where_every_patient_has_one_image():
    positive, scores = generated_case(np.random.default_rng(1), 800, 2)
    result = delong(positive, scores)
    clustered = result.clustered_covariance(np.arange(800))
    assert clustered == pytest.approx(result.covariance(), rel=0.01)


def test_the_clustered_variance_doubles_where_every_image_is_there_twice():
    positive, scores = generated_case(np.random.default_rng(2), 800, 2)
    once = delong(positive, scores).covariance()
    twice = delong(np.tile(positive, 2), np.tile(scores, 2))
    patients = np.tile(np.arange(800), 2)
    assert twice.clustered_covariance(patients) == pytest.approx(once, rel=0.01)
    assert twice.covariance() == pytest.approx(once / 2, rel=0.01)


def test_wauc_is_scikit_learns_weighted_one_vs_rest_auc():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, 300)
    probabilities = rng.dirichlet(np.ones(3), 300) + np.eye(3)[labels] * 0.3
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    aucs = [auc(labels == k, probabilities[:, k]) for k in range(3)]
    expected = roc_auc_score(labels, probabilities, multi_class="ovr", average="weighted")
    assert weighted_auc(aucs, np.bincount(labels)) == pytest.approx(expected, abs=1e-12)


def test_wauc_is_over_the_classes_that_are_present():
    assert weighted_auc([0.8, None, 0.6], [30, 0, 10]) == pytest.approx(0.75)
    assert weighted_auc([None, None], [30, 0]) is None


@given(binary_cases(models=1))
def test_the_roc_curve_is_that_of_scikit_learn(case):
    positive, scores = case
    points = roc_points(positive, scores[0])
    x, y, _ = roc_curve(positive, scores[0], drop_intermediate=False)
    assert set(points) <= set(zip(x, y, strict=True))
    area = np.trapezoid([p[1] for p in points], [p[0] for p in points])
    assert area == pytest.approx(roc_auc_score(positive, scores[0]), abs=1e-12)


def test_a_long_roc_curve_is_thinned_to_200_points_that_lie_on_it():
    positive, scores = generated_case(np.random.default_rng(4), 3000, 8)
    points = roc_points(positive, scores[0])
    x, y, _ = roc_curve(positive, scores[0], drop_intermediate=False)
    assert len(points) == 200
    assert points[0] == (0, 0)
    assert points[-1] == (1, 1)
    assert set(points) <= set(zip(x, y, strict=True))


@settings(max_examples=50)
@given(binary_cases(models=1), st.sampled_from([0.5, 0.9, 1.0]))
def test_the_threshold_for_a_sensitivity_is_the_highest_that_reaches_it(case, wanted):
    positive, scores = case
    threshold = threshold_for_sensitivity(positive, scores[0], wanted)
    reached = operating_point(positive, scores[0] >= threshold).sensitivity
    stricter = operating_point(positive, scores[0] > threshold).sensitivity
    assert reached.value >= wanted - 1e-9
    assert stricter.value < wanted
