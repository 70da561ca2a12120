"""What is said of one sweep with 95 % confidence is true of 95 sweeps in a hundred."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import binom, chi2

from app.statistics.acceptance import select, selection_level
from app.statistics.promises import (
    AuditedLot,
    Evidence,
    Population,
    least_wrong_in_audited,
    most_wrong_reads,
    reviews_needed,
    selected_error_bound,
    whole_set_cut,
    wrong_in_audited,
)
from app.statistics.proportions import upper_bound

PATIENTS = 1000
ARCHIVES = 1500
MARGIN = 3
"""Standard errors by which a simulated share may pass what is promised."""


def archive(rng, reads, accuracy):
    """Draw calibration reads of one archive, and what is left of it: scores, and what is wrong."""
    scores = rng.beta(6 * accuracy, 6 * (1 - accuracy), reads + PATIENTS)
    wrong = rng.random(reads + PATIENTS) > scores
    return (scores[:reads], wrong[:reads]), (scores[reads:], wrong[reads:])


def within(broken, archives, risk):
    """Whether so many broken promises are what the risk makes of so many archives."""
    return broken / archives <= risk + MARGIN * np.sqrt(risk * (1 - risk) / archives)


@pytest.mark.parametrize(("reads", "accuracy"), [(40, 0.85), (60, 0.7), (120, 0.85)])
def test_the_bound_of_a_sweep_is_broken_in_one_of_twenty_at_most(reads, accuracy):
    rng = np.random.default_rng(0)
    level = selection_level(0.05, reads)
    most = most_wrong_reads(level, reads)
    broken = accepting = 0
    for _ in range(ARCHIVES):
        calibration, (scores, wrong) = archive(rng, reads, accuracy)
        chosen = select(*calibration, scores, level)
        if chosen.threshold is None:
            continue
        above = int((calibration[1] & (calibration[0] >= chosen.threshold)).sum())
        size = int(chosen.accepted.sum())
        population = Population(PATIENTS, PATIENTS)
        bound = selected_error_bound(above, most, reads, population, size)
        accepting += 1
        broken += wrong[chosen.accepted].mean() > bound
    assert accepting > ARCHIVES / 10
    assert within(broken, ARCHIVES, 0.05)


def test_a_bound_for_every_threshold_at_once_is_broken_as_often_as_it_says():
    """The worst threshold is looked for, which is what a choice on the same reads may do."""
    rng, reads, most = np.random.default_rng(1), 60, 4
    population = Population(PATIENTS, PATIENTS)
    bounds = [
        selected_error_bound(wrong, most, reads, population, PATIENTS) for wrong in range(most + 1)
    ]
    broken = 0
    for _ in range(4000):
        places = np.sort(rng.permutation(reads + PATIENTS)[:reads])[: most + 1]
        shares = (places - np.arange(most + 1)) / PATIENTS
        broken += (shares > np.array(bounds) + 1e-12).any()
    assert within(broken, 4000, 0.05)
    assert broken / 4000 > 0.03


def test_the_bound_of_the_only_threshold_there_is_is_that_of_clopper_and_pearson():
    bound = selected_error_bound(0, 0, 120, Population(10**6, 10**6), 10**6)
    assert bound == pytest.approx(upper_bound(0, 120), abs=1e-4)


def test_the_bound_is_for_the_accepted_alone_and_never_above_one():
    population = Population(2000, 1000)
    whole, half, few = (
        selected_error_bound(1, 2, 120, population, accepted) for accepted in (2000, 1000, 20)
    )
    assert half == pytest.approx(2 * whole)
    assert few == 1


@given(st.integers(1, 150), st.floats(0.01, 0.3), st.integers(1, 500))
@settings(max_examples=60, deadline=None)
def test_no_threshold_has_more_wrong_reads_than_the_bound_is_prepared_for(reads, level, m):
    rng = np.random.default_rng(m)
    calibration, (scores, _) = archive(rng, reads, 0.7)
    chosen = select(*calibration, scores[:m], level)
    if chosen.threshold is not None:
        above = (calibration[1] & (calibration[0] >= chosen.threshold)).sum()
        assert above <= most_wrong_reads(level, reads)


@pytest.mark.parametrize(("reads", "accuracy"), [(60, 0.75), (120, 0.8)])
def test_more_labels_are_wrong_than_allowed_as_seldom_as_the_cut_says(reads, accuracy):
    rng, allowed, broken, kept = np.random.default_rng(2), 60, 0, 0
    for _ in range(ARCHIVES):
        calibration, (scores, wrong) = archive(rng, reads, accuracy)
        cut = whole_set_cut(*calibration, Population(PATIENTS, PATIENTS), allowed)
        broken += wrong[scores > cut.above].sum() > allowed
        kept += (scores > cut.above).mean() / ARCHIVES
    assert 0.02 < cut.risk <= 0.04
    assert within(broken, ARCHIVES, cut.risk)
    assert broken / ARCHIVES > cut.risk / 3
    assert kept > 0.1


def test_two_knees_of_a_patient_that_fail_together_break_no_promise():
    rng, reads, broken, allowed = np.random.default_rng(3), 60, 0, 120
    for _ in range(ARCHIVES):
        calibration, (scores, wrong) = archive(rng, reads, 0.75)
        cut = whole_set_cut(*calibration, Population(2 * PATIENTS, PATIENTS), allowed)
        broken += 2 * wrong[scores > cut.above].sum() > allowed
    assert within(broken, ARCHIVES, cut.risk)


def test_with_few_calibration_reads_nothing_may_stay_unread():
    right = np.ones(40), np.zeros(40, bool)
    assert whole_set_cut(*right, Population(1000, 1000), 50).above == np.inf


def test_where_the_labeler_was_never_wrong_all_may_stay_unread():
    right = np.linspace(0.5, 1, 120), np.zeros(120, bool)
    assert whole_set_cut(*right, Population(1000, 1000), 50).above == -np.inf


def test_how_many_wrong_reads_are_passed_over_does_not_depend_on_them():
    scores = np.linspace(0, 1, 120)
    risks = {
        whole_set_cut(scores, np.arange(120) < wrong, Population(1000, 1000), 60).risk
        for wrong in (0, 1, 60, 120)
    }
    assert len(risks) == 1


LOTS = st.lists(
    st.tuples(st.integers(200, 5000), st.sampled_from([59, 93, 124]), st.integers(0, 3)),
    min_size=1,
    max_size=3,
)


@given(LOTS)
@settings(max_examples=25, deadline=None)
def test_the_total_of_audited_lots_is_the_largest_that_is_not_rejected(lots):
    made = [AuditedLot(*lot) for lot in lots]
    sizes, samples, errors = (np.array(each) for each in zip(*lots, strict=True))
    least = -chi2.ppf(0.95, 2 * len(lots)) / 2

    def total(shares):
        return (sizes * shares).sum()

    best = minimize(
        lambda x: -total(x) / sizes.sum(),
        np.full(len(lots), 0.03),
        method="SLSQP",
        bounds=[(1e-6, 0.5)] * len(lots),
        constraints={
            "type": "ineq",
            "fun": lambda x: binom.logcdf(errors, samples, x).sum() - least,
        },
    )
    found = wrong_in_audited(made, len(made), 0.95) + errors.sum()
    assert found >= total(best.x) - 1 or not best.success
    assert found <= total(best.x) + 0.002 * sizes.sum() + 2 or not best.success


def test_the_total_of_audited_lots_is_exceeded_in_one_of_twenty_at_most():
    rng, sizes, shares = np.random.default_rng(4), (400, 900, 3000), (0.06, 0.01, 0.03)
    samples = 59, 59, 124
    broken = broken_released = 0
    for _ in range(ARCHIVES):
        wrong = [round(n * share) for n, share in zip(sizes, shares, strict=True)]
        found = [
            int(rng.hypergeometric(bad, n - bad, sample))
            for bad, n, sample in zip(wrong, sizes, samples, strict=True)
        ]
        lots = [AuditedLot(*lot) for lot in zip(sizes, samples, found, strict=True)]
        left = [bad - errors for bad, errors in zip(wrong, found, strict=True)]
        broken += sum(left) > wrong_in_audited(lots, 3, 0.95)
        passed = [place for place, errors in enumerate(found) if errors <= (0, 0, 2)[place]]
        some = wrong_in_audited([lots[place] for place in passed], 3, 0.95)
        broken_released += sum(left[place] for place in passed) > some
    assert within(broken, ARCHIVES, 0.05)
    assert within(broken_released, ARCHIVES, 0.05)


def test_a_lot_read_whole_has_no_wrong_label_left_and_counts_as_it_was_found():
    whole = AuditedLot(40, 40, 2)
    assert wrong_in_audited([whole], 0, 0.95) == 0
    assert least_wrong_in_audited([whole], 0.99) == 2


def test_many_errors_in_a_sample_show_many_in_the_lot():
    assert least_wrong_in_audited([AuditedLot(1000, 59, 0)], 0.99) == 0
    assert 100 < least_wrong_in_audited([AuditedLot(1000, 59, 15)], 0.99) < 1000 * 15 / 59


@given(st.integers(0, 50), st.integers(0, 500), st.integers(0, 50), st.integers(0, 100))
def test_what_is_not_read_can_never_hold_more_wrong_labels_than_allowed(wrong, review, more, most):
    needed = reviews_needed(Evidence(wrong, review, more), most)
    if needed is None:
        assert wrong + more > most
    else:
        assert wrong + more + review - needed <= most
        assert needed == 0 or wrong + more + review - needed + 1 > most
