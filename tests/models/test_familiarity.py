"""Films that are unlike those a classifier learned from are known by how far they are from them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.models_films import CLASSES, TINY, draw_films, one_hot

from models.film import Film
from models.images.classifier import Classifier, train_classifier
from models.images.familiarity import FEWEST, UNLIKE, familiarity_of


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Classifier, list[Film]]:
    folder = tmp_path_factory.mktemp("familiarity")
    films, labels = draw_films(folder / "films", 60)
    return train_classifier(films, one_hot(labels), CLASSES, TINY, folder / "training"), films


def textures(folder: Path) -> list[Film]:
    folder.mkdir()
    draw, films = np.random.default_rng(5), []
    for number in range(20):
        path = folder / f"{number}.png"
        stripes = np.where(np.arange(36) % 6 < 3, 255, 0) * np.ones((40, 1))
        cv2.imwrite(str(path), (stripes + draw.normal(0, 5, (40, 36))).clip(0, 255).astype("u1"))
        films.append(Film(path, None, "", "R"))
    return films


def test_what_is_unlike_is_told_and_what_is_like_is_not_more_often_than_promised(
    learned: tuple[Classifier, list[Film]], tmp_path: Path
) -> None:
    classifier, known = learned
    apart, _ = draw_films(tmp_path / "apart", 100, seed=1)
    more, _ = draw_films(tmp_path / "more", 200, seed=2)
    found = familiarity_of(classifier, known, apart)
    assert found is not None
    assert (found.p_values(textures(tmp_path / "textures")) <= UNLIKE).all()
    # 2 % are promised, over draws of what is kept apart; one draw of 100 is at 5 % at times.
    assert (found.p_values(more) <= UNLIKE).mean() <= 0.08
    assert found.p_values(more).min() >= 1 / 101


def test_too_few_films_kept_apart_tell_nothing(learned: tuple[Classifier, list[Film]]) -> None:
    classifier, known = learned
    assert familiarity_of(classifier, known, known[: FEWEST - 1]) is None
    assert familiarity_of(classifier, [], known) is None
