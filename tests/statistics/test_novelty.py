"""Films unlike the calibration reads are told apart as rarely wrongly as is stated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics.novelty import FALSE_ALARMS, FALSE_SHARE, unlike, unseen

TRIES = 400


def margin(share: float) -> float:
    """Three standard errors of a share that is counted in `TRIES` tries."""
    return 3 * (share * (1 - share) / TRIES) ** 0.5


@pytest.mark.parametrize("n", [5, 40, 120])
def test_where_no_film_differs_one_is_called_unlike_in_a_fifth_of_sweeps_at_most(n: int) -> None:
    draw = np.random.default_rng(n)
    called = [unlike(draw.normal(size=n), draw.normal(size=500)) for _ in range(TRIES)]
    assert np.mean([each.any() for each in called]) <= FALSE_SHARE + margin(FALSE_SHARE)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_films_that_differ_are_found_and_few_others_with_them(share: float) -> None:
    draw = np.random.default_rng(1)
    other = np.arange(1000) < 1000 * share
    false, found, wrong = [], [], []
    for _ in range(TRIES):
        called = unlike(draw.normal(size=120), draw.normal(6 * other))
        found.append(called[other].mean())
        false.append(called[~other].mean())
        wrong.append((called & ~other).sum() / max(1, called.sum()))
    assert np.mean(found) > 0.95
    # Sweeps differ by their calibration reads: the error is that of a mean over sweeps.
    assert np.mean(false) <= FALSE_ALARMS + 3 * np.std(false) / TRIES**0.5
    assert np.mean(wrong) <= FALSE_SHARE + 3 * np.std(wrong) / TRIES**0.5


def test_a_few_films_cannot_be_told_from_what_chance_puts_there() -> None:
    scores = np.append(np.zeros(995), np.full(5, 9.0))
    assert not unlike(np.zeros(120), scores).any()


@given(st.lists(st.floats(-1e6, 1e6)), st.lists(st.floats(-1e6, 1e6)))
def test_what_scores_higher_than_an_unlike_film_is_unlike(
    calibration: list[float], scores: list[float]
) -> None:
    films = np.array(scores)
    called = unlike(np.array(calibration), films)
    assert called.shape == films.shape
    if called.any():
        assert called[films >= films[called].min()].all()
        assert films[called].min() >= np.median(calibration)


def test_without_calibration_reads_nothing_is_unlike() -> None:
    assert not unlike(np.empty(0), np.arange(9.0)).any()
    assert unlike(np.arange(9.0), np.empty(0)).shape == (0,)


def test_a_group_nobody_read_is_unusual_unless_new_groups_come_all_the_time() -> None:
    assert unseen(np.array([60, 60]))
    assert unseen(np.array([19]))
    assert not unseen(np.array([18])), "eighteen reads do not show that a twentieth is elsewhere"
    assert unseen(np.array([100, 15, 1, 1, 1, 1, 1]))
    assert not unseen(np.ones(120))
    assert not unseen(np.empty(0))


def test_films_of_groups_nobody_read_are_as_rare_as_is_stated() -> None:
    """Many small sites: whenever new ones count as unusual, few films are of new ones."""
    draw = np.random.default_rng(3)
    shares = []
    for _ in range(TRIES):
        sizes = draw.dirichlet(np.full(30, 0.3))
        counts = draw.multinomial(120, sizes)
        shares.append(sizes[counts == 0].sum() if unseen(counts[counts > 0]) else 0.0)
    assert np.mean(shares) <= 0.05
