"""A classifier learns from soft targets, and comes back from disk the same."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.models_films import CLASSES, TINY, draw_films, one_hot

from models.checkpoint import FACTS
from models.errors import Stopped, TrainingError
from models.film import Film
from models.images.classifier import Classifier, load_classifier, train_classifier


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    folder = tmp_path_factory.mktemp("classifier")
    films, labels = draw_films(folder / "films", 24)
    recipe = dataclasses.replace(TINY, members=2)
    return train_classifier(films, one_hot(labels), CLASSES, recipe, folder)


def test_it_learns_what_the_films_show(trained: Classifier, tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path, 18, seed=1)
    probabilities = trained.predict(films)
    assert probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.8


def test_it_comes_back_from_disk_the_same(trained: Classifier, tmp_path: Path) -> None:
    films, _ = draw_films(tmp_path / "films", 6, seed=2)
    loaded = load_classifier(tmp_path / "kept", trained.save(tmp_path / "kept"))
    assert np.array_equal(loaded.predict(films), trained.predict(films))
    assert loaded.recipe == trained.recipe
    assert '"weights": "none"' in (tmp_path / "kept" / FACTS).read_text()


def test_one_of_another_release_whose_recipe_had_more_choices_is_read(
    trained: Classifier, tmp_path: Path
) -> None:
    films, _ = draw_films(tmp_path / "films", 6, seed=2)
    parts, facts = trained.to_parts()
    facts["recipe"]["a_choice_given_up"] = 0.5
    assert np.array_equal(
        Classifier.from_parts(parts, facts).predict(films), trained.predict(films)
    )


def test_its_members_began_differently(trained: Classifier) -> None:
    first, second = (next(network.parameters()) for network in trained.networks)
    assert not np.allclose(first.detach().cpu(), second.detach().cpu())


def test_a_blank_film_gets_no_opinion(trained: Classifier, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.zeros((20, 20), np.uint8))
    probabilities = trained.predict([Film(tmp_path / "blank.png", None, "patient", "")])
    np.testing.assert_allclose(probabilities, 1 / 3)


def test_no_films_give_no_rows(trained: Classifier) -> None:
    assert trained.predict([]).shape == (0, 3)


def test_predicting_stops_when_asked(trained: Classifier, tmp_path: Path) -> None:
    films, _ = draw_films(tmp_path, 3)
    with pytest.raises(Stopped):
        trained.predict(films, should_stop=lambda: True)


def test_soft_targets_teach_doubt(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 24)
    soft = one_hot(labels) * 0.4 + 0.2
    unsure = train_classifier(films, soft, CLASSES, TINY, tmp_path / "soft")
    assert 0.4 < unsure.predict(films).max(axis=1).mean() < 0.8


def test_a_class_without_film_is_not_learned(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path, 18)
    some = [film for film, label in zip(films, labels, strict=True) if label != 1]
    targets = one_hot(labels)[labels != 1]
    classifier = train_classifier(some, targets, CLASSES, TINY, tmp_path / "training")
    assert classifier.classes == (CLASSES[0], CLASSES[2])
    assert classifier.predict(films).shape == (18, 2)
    classifier.save(tmp_path / "kept")
    assert load_classifier(tmp_path / "kept").classes == classifier.classes


def test_films_of_one_class_are_refused_naming_the_others(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path, 6)
    alone = [film for film, label in zip(films, labels, strict=True) if label == 0]
    with pytest.raises(TrainingError, match="`arthroplasty`"):
        train_classifier(alone, one_hot(labels)[labels == 0], CLASSES, TINY, tmp_path)
