"""Choosing what to read: as many as asked for, each once, every kind among them, the same again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.images.selection import least_alike, most_alike, patient_means, typical_of_clusters


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


@settings(max_examples=30)
@given(patients=st.integers(1, 15), share=st.floats(0, 1), seed=st.integers(0, 9))
def test_patients_are_chosen_each_once_whatever_they_are_compared_with(
    patients: int, share: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    owners = np.concatenate([np.arange(patients), random.integers(0, patients, 9)])
    vectors = random.normal(size=(len(owners), 4)).astype(np.float32)
    others = random.normal(size=(3, 4)).astype(np.float32)
    n = max(1, round(share * patients))
    for choose in (least_alike, most_alike):
        chosen = choose(vectors, owners, others, n)
        assert len(chosen) == len(set(chosen)) == n
        assert set(chosen) <= set(range(patients))
        assert choose(vectors, owners, others, patients)[:n] == chosen


def test_a_kind_that_was_never_read_comes_first_and_its_like_next() -> None:
    random = np.random.default_rng(0)
    kinds = np.eye(3, 20)[[0] * 30 + [1] * 30 + [2] * 4]
    vectors = (kinds + random.normal(0, 0.01, kinds.shape)).astype(np.float32)
    owners = np.arange(64)
    read = vectors[[0, 1, 30, 31]]
    first, *_ = least_alike(vectors, owners, read, 3)
    assert first >= 60
    assert set(most_alike(vectors, owners, vectors[[first]], 4)) == {60, 61, 62, 63}
