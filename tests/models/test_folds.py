"""Folds never part a patient, and never take a class away from a training part."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import TrainingError
from models.folds import ALWAYS_TRAINS, patient_folds

SEEDS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12)), min_size=6, max_size=60)


@given(SEEDS, st.integers(2, 6), st.integers(0, 5))
def test_a_patient_is_in_one_fold_only(
    films: list[tuple[int, int]], wanted: int, seed: int
) -> None:
    labels, groups = np.array([f[0] for f in films]), [str(f[1]) for f in films]
    try:
        folds = patient_folds(labels, groups, wanted, seed)
    except TrainingError:
        return
    for group in set(groups):
        assert len({int(f) for f, g in zip(folds, groups, strict=True) if g == group}) == 1
    assert set(folds.tolist()) - {ALWAYS_TRAINS} == set(range(int(folds.max()) + 1))


@given(st.lists(st.sampled_from([0, 0, 0, 0, 1, 1, 2]), min_size=4, max_size=80), st.integers(0, 9))
def test_every_training_part_knows_every_class(classes: list[int], seed: int) -> None:
    labels = np.repeat(classes, 2)
    groups = [str(n // 2) for n in range(len(labels))]
    try:
        folds = patient_folds(labels, groups, 4, seed)
    except TrainingError:
        assert len(classes) < 6
        return
    for fold in range(int(folds.max()) + 1):
        assert set(labels[folds != fold].tolist()) == set(classes)


def test_a_large_seed_makes_even_folds() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.choice(3, 300, p=[0.56, 0.43, 0.01]), 2)
    folds = patient_folds(labels, [str(n // 2) for n in range(600)], 4, 0)
    shares: dict[int, list[float]] = defaultdict(list)
    for fold in range(4):
        for label in (0, 1):
            shares[label].append(float((labels[folds == fold] == label).mean()))
    assert all(max(values) - min(values) < 0.03 for values in shares.values())


def test_one_patient_cannot_be_checked_against_anyone() -> None:
    with pytest.raises(TrainingError, match="too few patients"):
        patient_folds(np.array([0, 1]), ["a", "a"], 4, 0)
