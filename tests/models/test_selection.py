"""Choosing what to read: as many as asked for, each once, every kind among them, the same again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.selection import patient_means, typical_of_clusters


@settings(max_examples=30)
@given(
    points=st.integers(1, 40),
    share=st.floats(0, 1),
    kinds=st.integers(1, 40),
    seed=st.integers(0, 9),
)
def test_as_many_as_asked_for_are_chosen_each_once_and_the_same_again(
    points: int, share: float, kinds: int, seed: int
) -> None:
    different = np.random.default_rng(seed).normal(size=(kinds, 5)).astype(np.float32)
    vectors = different[np.arange(points) % kinds]
    n = max(1, round(share * points))
    chosen = typical_of_clusters(vectors, n, seed)
    assert len(chosen) == len(set(chosen)) == n
    assert set(chosen) <= set(range(points))
    assert typical_of_clusters(vectors, n, seed) == chosen
    if n <= min(kinds, points):
        assert len(np.unique(vectors[chosen], axis=0)) == n, "no copy before every kind is there"


def test_a_rare_kind_is_among_the_chosen_and_what_is_chosen_is_typical() -> None:
    random = np.random.default_rng(0)
    common = random.normal(0, 0.1, (500, 100))
    rare = random.normal(0, 0.1, (5, 100)) + 3
    chosen = typical_of_clusters(np.concatenate([common, rare]).astype(np.float32), 2, 0)
    assert sum(position >= 500 for position in chosen) == 1
    one = next(position for position in chosen if position < 500)
    away = np.linalg.norm(common - common.mean(axis=0), axis=1)
    assert away[one] == pytest.approx(away.min(), rel=0.2)


def test_a_patient_lies_where_the_films_do_on_average_however_bright_they_are() -> None:
    vectors = np.array([[3.0, 0.0], [0.0, 5.0], [0.0, 7.0]], np.float32)
    means = patient_means(vectors, np.array([0, 0, 1]))
    np.testing.assert_allclose(means, [[0.5, 0.5], [0.0, 1.0]])
