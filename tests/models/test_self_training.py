"""A student learns from films whose labels nobody has confirmed, and from its teacher."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from models_films import CLASSES, TINY, draw_films, one_hot

from models.classifier import Classifier, train_classifier
from models.data import Film
from models.progress import never, silent
from models.recipe import Recipe
from models.self_training import both, seen_by_teachers, train_student


def student(folder: Path, waiting: int, said: np.ndarray | None) -> Classifier:
    films, labels = draw_films(folder / "films", 12)
    others, _ = draw_films(folder / "others", waiting, seed=3) if waiting else ([], None)
    return train_student(films, one_hot(labels), others, said, CLASSES, TINY, folder / "trained")


def test_a_student_leans_towards_what_the_labeler_says_of_the_films_that_wait(
    tmp_path: Path,
) -> None:
    new, labels = draw_films(tmp_path / "new", 36, seed=5)
    leaning = []
    for waiting in (0, 12, 48):
        truth = np.arange(waiting) // 2 % 3
        said = one_hot(np.where(truth == 1, 2, truth)).astype(np.float64) * 0.97 + 0.01
        found = student(tmp_path / str(waiting), waiting, said)
        leaning.append(found.predict(new)[labels == 1, 2].mean())
    assert leaning == sorted(leaning)
    assert leaning[-1] > leaning[0] + 0.05


def test_where_no_labeler_is_listened_to_a_teacher_of_the_labels_that_stand_says_what_the_rest_is(
    tmp_path: Path,
) -> None:
    found = student(tmp_path, 24, None)
    films, labels = draw_films(tmp_path / "films", 12)
    others, _ = draw_films(tmp_path / "others", 24, seed=3)
    teacher = train_classifier(films, one_hot(labels), CLASSES, TINY, tmp_path / "teacher")
    told = np.concatenate([one_hot(labels), teacher.predict(others).astype(np.float32)])
    taught = train_classifier([*films, *others], told, CLASSES, TINY, tmp_path / "taught")
    assert np.array_equal(found.predict(films), taught.predict(films))


def test_without_films_that_wait_it_learns_from_the_labels_that_stand_alone(
    tmp_path: Path,
) -> None:
    found = student(tmp_path, 0, np.zeros((0, 3)))
    films, labels = draw_films(tmp_path / "films", 12)
    plain = train_classifier(films, one_hot(labels), CLASSES, TINY, tmp_path / "plain")
    assert np.array_equal(found.predict(films), plain.predict(films))


def seen(folder: Path, waiting: list[Film], said: np.ndarray, recipe: Recipe = TINY) -> np.ndarray:
    films, labels = draw_films(folder / "films", 12)
    return seen_by_teachers(
        films, one_hot(labels), waiting, said, recipe, folder / "teachers", silent, never
    )


def test_no_teacher_speaks_of_a_patient_it_was_taught_by(tmp_path: Path) -> None:
    waiting, _ = draw_films(tmp_path / "waiting", 24, seed=3)
    said = np.tile([0.4, 0.3, 0.3], (24, 1))
    before = seen(tmp_path / "1", waiting, said)
    said[:2] = [0.0, 0.0, 1.0]
    after = seen(tmp_path / "2", waiting, said)
    assert np.array_equal(before[:2], after[:2])
    assert not np.array_equal(before[2:], after[2:])


def test_report_and_look_together_are_right_more_often_than_the_report(tmp_path: Path) -> None:
    waiting, labels = draw_films(tmp_path / "waiting", 48, seed=3)
    misread = np.arange(48) % 5 == 0
    said = one_hot((labels + misread) % 3).astype(np.float64) * 0.4 + 0.2
    longer = dataclasses.replace(TINY, presentations=2_000)
    found = both(said, seen(tmp_path, waiting, said, longer))
    wrong = found.argmax(axis=1) != labels
    assert wrong.sum() < misread.sum() / 2


def test_a_single_patient_that_waits_is_taken_for_what_the_labeler_says(tmp_path: Path) -> None:
    waiting, _ = draw_films(tmp_path / "waiting", 2, seed=3)
    said = np.array([[0.2, 0.7, 0.1], [0.3, 0.3, 0.4]])
    np.testing.assert_allclose(both(said, seen(tmp_path, waiting, said)), said)


spoken = arrays(np.float64, (4, 3), elements=st.floats(1e-3, 1)).map(
    lambda rows: rows / rows.sum(axis=1, keepdims=True)
)


@given(spoken, spoken)
def test_two_sources_multiply_the_odds_against_what_was_expected(
    said: np.ndarray, look: np.ndarray
) -> None:
    found, expected = both(said, look), said.mean(axis=0)
    np.testing.assert_allclose(found.sum(axis=1), 1)

    def odds(rows: np.ndarray) -> np.ndarray:
        return rows[..., 0] / rows[..., 1]

    np.testing.assert_allclose(odds(found), odds(said) * odds(look) / odds(expected))


def test_a_class_nobody_ever_saw_stays_impossible() -> None:
    said, look = np.array([[0.5, 0.5, 0.0]]), np.array([[0.1, 0.1, 0.8]])
    assert both(said, look)[0] == pytest.approx([0.5, 0.5, 0])
