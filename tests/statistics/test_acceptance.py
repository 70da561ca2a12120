import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binom, binomtest, hypergeom

from app.statistics.acceptance import (
    acceptance_score,
    audit_plan,
    judge,
    least_calibration_reads,
    plan_for_lot,
    select,
    selection_level,
)
from app.statistics.proportions import clopper_pearson, upper_bound

SCORES = st.floats(0, 1).map(lambda x: round(x, 2))
LEVEL = st.floats(0.01, 0.4)


@st.composite
def selections(draw):
    n, m = draw(st.integers(0, 60)), draw(st.integers(1, 60))
    return (
        draw(hnp.arrays(float, n, elements=SCORES)),
        draw(hnp.arrays(bool, n)),
        draw(hnp.arrays(float, m, elements=SCORES)),
    )


@given(selections(), LEVEL)
def test_exactly_the_scores_at_or_above_the_threshold_are_accepted(case, level):
    chosen = select(*case, level)
    if chosen.threshold is None:
        assert not chosen.accepted.any()
    else:
        assert (chosen.accepted == (case[2] >= chosen.threshold)).all()


@given(selections(), LEVEL)
def test_a_stricter_level_never_accepts_more(case, level):
    assert not (select(*case, level / 2).accepted & ~select(*case, level).accepted).any()


@given(selections(), LEVEL)
def test_the_estimated_error_of_what_is_accepted_is_within_the_level(case, level):
    calibration, wrong, scores = case
    chosen = select(*case, level)
    if chosen.threshold is not None:
        as_high = 1 + (wrong & (calibration >= chosen.threshold)).sum()
        expected_wrong = as_high / (len(calibration) + 1) * len(scores)
        assert expected_wrong / chosen.accepted.sum() <= level + 1e-9


@given(selections(), LEVEL)
def test_a_higher_score_never_has_a_higher_p_value(case, level):
    p = select(*case, level).p_values[np.argsort(case[2])]
    assert (np.diff(p) <= 0).all()


def test_an_image_whose_report_and_film_disagree_is_never_accepted():
    scores = acceptance_score(np.ones(100), np.arange(100) < 10)
    chosen = select(np.ones(200), np.zeros(200, bool), scores, 0.05)
    assert chosen.accepted.tolist() == [False] * 10 + [True] * 90


def simulated(rng, n, accuracy):
    """Scores of a labeler and whether it is wrong: calibrated but for its own overconfidence."""
    score = rng.beta(6 * accuracy, 6 * (1 - accuracy), n)
    return score, rng.random(n) > score


@pytest.mark.parametrize("accuracy", [0.75, 0.85, 0.95])
@pytest.mark.parametrize("level", [0.05, 0.1])
def test_over_many_sweeps_the_mean_accepted_error_is_within_the_tolerated(accuracy, level):
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(1000):
        calibration, wrong = simulated(rng, 120, accuracy)
        scores, truly_wrong = simulated(rng, 1000, accuracy)
        accepted = select(calibration, wrong, scores, level).accepted
        errors.append(truly_wrong[accepted].mean() if accepted.any() else 0.0)
    assert np.mean(errors) <= level + 3 * np.std(errors) / np.sqrt(len(errors))
    assert np.mean(errors) > level / 5


@pytest.mark.parametrize(("allowed", "n"), [(0, 59), (1, 93), (2, 124), (3, 153)])
def test_the_plans_for_five_percent_are_the_known_ones(allowed, n):
    assert audit_plan(0.05, allowed) == n


@given(st.floats(0.005, 0.5), st.integers(0, 5))
def test_a_plan_is_the_smallest_that_keeps_the_risk_at_five_percent(tolerated, allowed):
    n = audit_plan(tolerated, allowed)
    assert binom.cdf(allowed, n, tolerated) <= 0.05
    assert binom.cdf(allowed, n - 1, tolerated) > 0.05


@given(st.integers(1, 5000), st.sampled_from([0.01, 0.05, 0.1]), st.data())
def test_a_lot_worse_than_tolerated_passes_with_at_most_five_percent(size, tolerated, data):
    n, allowed = plan_for_lot(tolerated, size)
    errors = data.draw(st.integers(int(np.floor(tolerated * size + 1e-9)) + 1, size))
    assert hypergeom.cdf(allowed, size, errors, n) <= 0.05 + 1e-12


@given(st.integers(1, 5000), st.sampled_from([0.01, 0.05, 0.1]))
def test_the_upper_bound_of_a_lot_that_passes_is_within_the_tolerated(size, tolerated):
    n, allowed = plan_for_lot(tolerated, size)
    assert 1 <= n <= size
    verdict = judge(allowed, n, allowed, size)
    assert verdict.passed
    assert verdict.upper_bound <= tolerated + 1e-9
    assert not judge(allowed + 1, n, allowed, size).passed


def test_a_plan_reads_at_most_a_tenth_of_a_large_lot():
    plans = [plan_for_lot(0.05, size) for size in (59, 60, 929, 930, 1239, 1240, 100_000)]
    assert plans == [(59, 2), (59, 0), (59, 0), (93, 1), (93, 1), (124, 2), (124, 2)]


@pytest.mark.parametrize("tolerated", [0.01, 0.05, 0.1])
def test_one_calibration_read_fewer_than_the_least_accepts_nothing(tolerated):
    least = least_calibration_reads(tolerated)
    for n, any_accepted in ((least - 1, False), (least, True)):
        level = selection_level(tolerated, n)
        chosen = select(np.ones(n), np.zeros(n, bool), np.ones(50), level)
        assert chosen.accepted.any() == any_accepted


@pytest.mark.parametrize(("reads", "level"), [(0, 0.05), (59, 0.05), (79, 0.0375), (119, 0.025)])
def test_the_level_is_half_the_tolerated_where_there_are_reads_enough(reads, level):
    assert selection_level(0.05, reads) == pytest.approx(level)
    assert selection_level(0.05, 500) == 0.025


@given(st.integers(1, 200), st.data())
def test_the_limits_of_a_proportion_are_those_of_scipy(n, data):
    hits = data.draw(st.integers(0, n))
    exact = binomtest(hits, n).proportion_ci(0.95, method="exact")
    assert clopper_pearson(hits, n) == pytest.approx((exact.low, exact.high), abs=1e-9)
    one_sided = binomtest(hits, n, alternative="less").proportion_ci(0.95, method="exact")
    assert upper_bound(hits, n) == pytest.approx(one_sided.high, abs=1e-9)
