import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import ks_2samp

from app.statistics.shift import adjusted, distance, p_of_distance

SCORES = st.integers(2, 60).flatmap(
    lambda n: hnp.arrays(float, n, elements=st.integers(0, 20).map(lambda each: each / 20))
)


@given(SCORES, SCORES)
def test_the_distance_is_scipys_also_where_scores_are_tied(one, other):
    assert distance(one, other) == pytest.approx(ks_2samp(one, other, method="asymp").statistic)


def test_the_p_value_is_scipys_in_large_samples_and_no_smaller_in_small_ones():
    rng = np.random.default_rng(1)
    for n, m, moved in ((2000, 600, 0.05), (500, 500, 0.1), (40, 120, 0.2), (30, 30, 0.3)):
        one, other = rng.random(n) + moved, rng.random(m)
        exact = ks_2samp(one, other, method="exact").pvalue
        found = p_of_distance(distance(one, other), n, m)
        assert found >= exact * 0.98
        assert found == pytest.approx(exact, rel=0.6)


def test_p_values_are_adjusted_as_holm_does():
    assert adjusted(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert adjusted(np.array([0.5, 0.9])) == pytest.approx([1.0, 1.0])
    assert adjusted(np.array([])).tolist() == []


def test_where_nothing_has_shifted_one_in_a_hundred_is_called_shifted_at_most():
    rng = np.random.default_rng(2)
    found = [
        p_of_distance(distance(rng.random(100).round(2), rng.random(80).round(2)), 100, 80)
        for _ in range(2000)
    ]
    assert np.mean(np.array(found) <= 0.01) <= 0.01
