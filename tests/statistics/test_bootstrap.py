import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from app.statistics.bootstrap import bootstrap_wauc, weighted_waucs


def generated(rng, n=300, strength=0.5, patients=None):
    labels = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    probabilities = [
        rng.dirichlet(np.ones(3), n) + np.eye(3)[labels] * s for s in (strength, strength * 1.5)
    ]
    probabilities = np.stack([p / p.sum(axis=1, keepdims=True) for p in probabilities])
    return labels, np.arange(n) if patients is None else patients, probabilities


def wauc(labels, probabilities):
    return roc_auc_score(labels, probabilities, multi_class="ovr", average="weighted")


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(0, 3))
def test_a_weighted_wauc_is_that_of_repeating_the_images(seed, decimals):
    rng = np.random.default_rng(seed)
    labels, _, probabilities = generated(rng, 60)
    scores = np.round(probabilities[0], decimals)
    weights = rng.integers(0, 4, 60)
    repeated = np.repeat(np.arange(60), weights)
    areas = [
        roc_auc_score(labels[repeated] == k, scores[repeated, k]) * (labels[repeated] == k).mean()
        for k in range(3)
    ]
    (value,) = weighted_waucs(labels, scores, weights[None].astype(float))
    assert value == pytest.approx(sum(areas), abs=1e-12)


def test_the_interval_is_that_of_a_plain_loop_over_patients():
    rng = np.random.default_rng(1)
    labels, patients, probabilities = generated(rng, 120, patients=np.arange(120) // 2)
    result = bootstrap_wauc(labels, patients, probabilities, 2000, 0)
    looped = []
    for _ in range(300):
        drawn = np.concatenate([[2 * p, 2 * p + 1] for p in rng.integers(0, 60, 60)])
        looped.append([wauc(labels[drawn], p[drawn]) for p in probabilities])
    low, high = np.percentile(np.diff(looped, axis=1), [2.5, 97.5])
    assert result.difference_interval == pytest.approx((low, high), abs=0.02)
    for interval, column in zip(result.intervals, np.transpose(looped), strict=True):
        assert interval == pytest.approx(np.percentile(column, [2.5, 97.5]), abs=0.02)


def test_two_identical_images_a_patient_widen_the_interval_as_one_image_would():
    labels, patients, probabilities = generated(np.random.default_rng(2), 200)
    once = bootstrap_wauc(labels, patients, probabilities, 2000, 0)
    twice = bootstrap_wauc(
        np.tile(labels, 2), np.tile(patients, 2), np.tile(probabilities, (1, 2, 1)), 2000, 0
    )
    assert twice.difference_interval == pytest.approx(once.difference_interval, abs=1e-9)


def test_identical_models_differ_by_nothing_with_p_1():
    labels, patients, probabilities = generated(np.random.default_rng(3))
    result = bootstrap_wauc(labels, patients, np.stack([probabilities[0]] * 2), 500, 0)
    assert result.difference_interval == pytest.approx((0, 0), abs=1e-12)
    assert result.p == 1


def test_a_clear_difference_has_a_small_p_and_the_order_of_models_does_not_change_it():
    labels, patients, probabilities = generated(np.random.default_rng(4), 600, 0.3)
    result = bootstrap_wauc(labels, patients, probabilities, 1000, 0)
    swapped = bootstrap_wauc(labels, patients, probabilities[::-1], 1000, 0)
    assert result.p == swapped.p == pytest.approx(2 / 1001)
    assert result.difference_interval[0] > 0 > swapped.difference_interval[1]


def test_under_no_difference_p_is_below_five_percent_about_that_often():
    rng = np.random.default_rng(5)
    small = 0
    for i in range(200):
        labels, patients, probabilities = generated(rng, 150)
        swap = rng.random(150) < 0.5
        mixed = np.where(swap[None, :, None], probabilities[::-1], probabilities)
        small += bootstrap_wauc(labels, patients, mixed, 200, i).p < 0.05
    assert 1 <= small <= 24


def test_no_bootstrap_without_two_classes_and_two_patients():
    labels, patients, probabilities = generated(np.random.default_rng(6), 10)
    assert bootstrap_wauc(np.zeros(10, int), patients, probabilities, 100, 0) is None
    assert bootstrap_wauc(labels, np.zeros(10, int), probabilities, 100, 0) is None
