"""A student learns from films whose labels nobody has confirmed, and from its teacher."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from models_films import CLASSES, TINY, draw_films, one_hot

from models.classifier import Classifier, train_classifier
from models.self_training import pooled, train_student


def student(folder: Path, said: np.ndarray, *, with_teacher: bool = False) -> Classifier:
    films, labels = draw_films(folder / "films", 12)
    others, _ = draw_films(folder / "others", len(said), seed=3) if len(said) else ([], None)
    return train_student(
        films,
        one_hot(labels),
        others,
        said,
        CLASSES,
        TINY,
        folder / "trained",
        with_teacher=with_teacher,
    )


def test_a_student_leans_towards_what_the_labeler_says_of_the_films_that_wait(
    tmp_path: Path,
) -> None:
    new, _ = draw_films(tmp_path / "new", 36, seed=5)
    leaning = [
        student(tmp_path / str(waiting), np.tile([0.01, 0.01, 0.98], (waiting, 1)))
        .predict(new)[:, 2]
        .mean()
        for waiting in (0, 12, 48)
    ]
    assert leaning == sorted(leaning)
    assert leaning[-1] > leaning[0] + 0.05


def test_a_teacher_tempers_what_the_labeler_insists_on(tmp_path: Path) -> None:
    new, _ = draw_films(tmp_path / "new", 36, seed=5)
    insisting = np.tile([0.01, 0.01, 0.98], (48, 1))
    leaning = [
        student(tmp_path / str(asked), insisting, with_teacher=asked).predict(new)[:, 2].mean()
        for asked in (True, False)
    ]
    assert leaning[0] < leaning[1]


def test_without_films_that_wait_it_learns_from_the_labels_that_stand_alone(
    tmp_path: Path,
) -> None:
    found = student(tmp_path, np.zeros((0, 3)))
    films, labels = draw_films(tmp_path / "films", 12)
    plain = train_classifier(films, one_hot(labels), CLASSES, TINY, tmp_path / "plain")
    assert np.array_equal(found.predict(films), plain.predict(films))


probabilities = arrays(np.float64, (4, 3), elements=st.floats(1e-3, 1)).map(
    lambda rows: rows / rows.sum(axis=1, keepdims=True)
)


@given(probabilities, probabilities)
def test_a_pool_of_two_sources_lies_between_them(first: np.ndarray, second: np.ndarray) -> None:
    pool = pooled(first, second)
    np.testing.assert_allclose(pool.sum(axis=1), 1)
    np.testing.assert_allclose(pool, pooled(second, first))
    np.testing.assert_allclose(pooled(first, first), first)
    odds = [np.log(rows[:, 0] / rows[:, 1]) for rows in (first, second, pool)]
    np.testing.assert_allclose(odds[2], (odds[0] + odds[1]) / 2, atol=1e-9)
