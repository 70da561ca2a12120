"""A student learns from films whose labels nobody has confirmed, and from its teacher."""

from pathlib import Path

import numpy as np
from support.models_films import CLASSES, TINY, draw_films, one_hot

from models.images.classifier import Classifier, train_classifier
from models.images.self_training import train_student


def student(folder: Path, waiting: int, said: np.ndarray | None) -> Classifier:
    films, labels = draw_films(folder / "films", 12)
    others, _ = draw_films(folder / "others", waiting, seed=3) if waiting else ([], None)
    return train_student(films, one_hot(labels), others, said, CLASSES, TINY, folder / "trained")


def test_a_student_leans_towards_what_the_labeler_says_of_the_films_that_wait(
    tmp_path: Path,
) -> None:
    new, _ = draw_films(tmp_path / "new", 36, seed=5)
    leaning = [
        student(tmp_path / str(waiting), waiting, np.tile([0.01, 0.01, 0.98], (waiting, 1)))
        .predict(new)[:, 2]
        .mean()
        for waiting in (0, 12, 48)
    ]
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
