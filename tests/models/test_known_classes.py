"""A class without any film: what is learned goes on without it, and nothing answers for it."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.models_films import CLASSES, TINY, draw_films, one_hot

from models.film import Film
from models.images.self_training import train_student
from models.known_classes import known_classes, renumbered, spread, unseen
from models.labeler import load_labeler
from models.labeler_training import train_labeler

Seed = tuple[list[Film], NDArray[np.int64]]


def without(films: Sequence[Film], labels: NDArray[np.int64], missing: int) -> Seed:
    keep = np.flatnonzero(labels != missing)
    return [films[n] for n in keep], labels[keep]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_labels_keep_their_names_and_their_order(found: list[int]) -> None:
    classes = [f"class {place}" for place in range(6)]
    labels = np.array(found)
    known = known_classes(labels, classes)
    assert [known[place] for place in renumbered(labels)] == [classes[place] for place in found]
    assert sorted([*known, *unseen(known, classes)]) == classes


def test_what_is_not_known_is_never_probable() -> None:
    answers = np.array([[0.25, 0.75], [1.0, 0.0]])
    whole = spread(answers, ["arthroplasty", "normal"], CLASSES)
    assert whole.tolist() == [[0.75, 0, 0.25], [0, 0, 1]]
    assert spread(np.zeros((0, 2)), ["normal", "abnormal"], CLASSES).shape == (0, 3)


@pytest.mark.parametrize(("method", "missing"), [("text", 0), ("image", 2), ("fused", 0)])
def test_a_labeler_knows_the_classes_of_its_seed(tmp_path: Path, method: str, missing: int) -> None:
    films, labels = draw_films(tmp_path / "films", 24)
    seed = without(films, labels, missing)
    labeler = train_labeler(method, *seed, CLASSES, TINY, tmp_path / "work")
    digest = labeler.save(tmp_path / "kept")
    kept = load_labeler(tmp_path / "kept", digest)
    assert unseen(kept.classes, CLASSES) == [CLASSES[missing]]
    assert len(kept.shares) == 2
    new, truth = draw_films(tmp_path / "new", 12, seed=1)
    answers = spread(kept.predict(new).probabilities, kept.classes, CLASSES)
    np.testing.assert_allclose(answers.sum(axis=1), 1)
    assert (answers.argmax(axis=1) == truth)[truth != missing].mean() > 0.8
    assert set(kept.metrics[method]["auc"]) == set(kept.classes)


def test_a_class_without_reports_is_left_to_the_image(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 36)
    seed = [
        dataclasses.replace(film, report=None) if label == 2 else film
        for film, label in zip(films, labels, strict=True)
    ]
    labeler = train_labeler("fused", seed, labels, CLASSES, TINY, tmp_path / "work")
    assert labeler.classes == CLASSES
    new, truth = draw_films(tmp_path / "new", 18, seed=1)
    bare = [dataclasses.replace(film, report=None) for film in new]
    alone = labeler.predict(bare)
    assert (alone.probabilities.argmax(axis=1) == truth).mean() > 0.8
    read = labeler.predict(new)
    right = read.probabilities.argmax(axis=1) == truth
    assert (right | read.conflict)[truth == 2].mean() > 0.8, "never a report's wrong class unseen"
    assert not read.conflict[truth == 0].all()


def test_a_teacher_who_does_not_know_a_class_says_nothing_of_it(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 18)
    some, own = without(films, labels, 1)
    waiting, _ = draw_films(tmp_path / "waiting", 6, seed=2)
    student = train_student(some, one_hot(own), waiting, None, CLASSES, TINY, tmp_path / "work")
    assert unseen(student.classes, CLASSES) == ["abnormal"]
