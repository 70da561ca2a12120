import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from app.statistics.anytime import log_evidence, lower_limit, times
from app.statistics.proportions import clopper_pearson

BOUND = st.floats(0.01, 0.4)


@given(st.integers(0, 60), BOUND, st.floats(0.01, 1))
def test_the_evidence_is_one_on_average_at_the_bound_and_less_below(n, bound, below):
    evidence = np.exp([log_evidence(x, n, bound) for x in range(n + 1)])
    assert binom.pmf(range(n + 1), n, bound) @ evidence == pytest.approx(1)
    assert binom.pmf(range(n + 1), n, below * bound) @ evidence <= 1 + 1e-9


def test_the_evidence_is_the_likelihood_averaged_over_what_is_above_the_bound():
    bound, hits, n = 0.05, 4, 20
    at = bound + (np.arange(200_000) + 0.5) * (1 - bound) / 200_000
    weights = beta.pdf(at, 1, 1 / (2 * bound))
    ratio = binom.pmf(hits, n, at) / binom.pmf(hits, n, bound)
    assert np.exp(log_evidence(hits, n, bound)) == pytest.approx(weights @ ratio / weights.sum())
    assert times(log_evidence(hits, n, bound)) == pytest.approx(weights @ ratio / weights.sum())


@given(st.integers(1, 200), st.floats(0, 1), BOUND, st.sampled_from([0.05, 0.05 / 12]))
def test_the_limit_is_above_a_bound_where_the_evidence_speaks_against_it(n, share, bound, risk):
    hits = round(share * n)
    limit = lower_limit(hits, n, risk)
    if abs(limit - bound) > 1e-5:
        assert (limit > bound) == (log_evidence(hits, n, bound) >= -np.log(risk))
    assert limit <= clopper_pearson(hits, n, 1 - 2 * risk)[0] + 1e-6  # which holds for one look


def test_what_is_never_seen_is_no_evidence_however_often_it_could_have_been():
    assert log_evidence(0, 100_000, 0.3) < 0
    assert lower_limit(0, 100_000, 0.05) == 0 == lower_limit(0, 0, 0.05)


def test_whoever_looks_after_each_of_a_thousand_is_rarely_misled():
    draws = np.random.default_rng(1).random((2000, 1000)) < 0.05
    so_far = np.cumsum(draws, axis=1)
    least = [
        next((x for x in range(n + 1) if log_evidence(x, n, 0.05) >= np.log(20)), n + 1)
        for n in range(1, 1001)
    ]
    misled = (so_far >= np.array(least)).any(axis=1).sum()
    assert misled / 2000 <= 0.05
    assert misled > 20  # the limit is not idle
