"""Near copies are told from films that are merely alike."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.models_films import draw_films

from models.errors import Stopped
from models.film import Film
from models.images.duplicates import alike_to_earlier, near_copies
from models.machine import use_threads

KNEES = Path(__file__).parents[3] / "../shared/data/knee"
needs_knees = pytest.mark.skipif(not KNEES.exists(), reason="the shared films are not here")


@given(st.lists(st.integers(0, 5), max_size=30))
def test_the_first_of_each_kind_is_kept_and_every_other_one_is_a_copy(kinds: list[int]) -> None:
    different = np.random.default_rng(0).normal(size=(6, 200)).astype(np.float32)
    different -= different.mean(axis=1, keepdims=True)
    vectors = different[np.array(kinds, int)].reshape(-1, 200)
    copies = alike_to_earlier(vectors, np.arange(len(kinds)).astype(str))
    seen = set[int]()
    for kind, copy in zip(kinds, copies, strict=True):
        assert copy == (kind in seen)
        seen.add(kind)


def test_a_row_of_slowly_changing_films_is_not_thinned_to_its_first() -> None:
    angles = np.radians(np.arange(0, 40, 4))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    exposures = np.arange(10).astype(str)
    assert alike_to_earlier(vectors, exposures).tolist() == [False, True] * 5


@given(st.lists(st.integers(0, 8), max_size=12))
def test_knees_of_one_film_are_no_copies_of_each_other_but_of_those_of_another_film(
    films: list[int],
) -> None:
    """Knees that all look the same: of each film all are copies, or, of the first, none."""
    alike = np.tile(np.float32([1, -1]), (len(films), 1))
    copies = alike_to_earlier(alike, np.array(films).astype(str))
    assert copies.tolist() == [film != films[0] for film in films]


def test_another_size_and_contrast_of_a_film_is_a_copy(tmp_path: Path) -> None:
    films, _ = draw_films(tmp_path / "films", 6)
    pixels = cv2.imread(str(films[2].path), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    larger = cv2.resize(pixels, None, fx=3, fy=3, interpolation=cv2.INTER_LINEAR)
    darker = (pixels * 0.8).astype(np.uint8)
    copies = []
    for name, changed in [("larger.png", larger), ("darker.png", darker)]:
        cv2.imwrite(str(tmp_path / name), changed)
        copies.append(Film(tmp_path / name, None, "other", films[2].laterality))
    assert near_copies([*films, *copies]).tolist() == [False] * 6 + [True] * 2


def test_a_symmetric_film_of_both_knees_holds_no_copy_of_its_own(tmp_path: Path) -> None:
    right, left = tmp_path / "R.png", tmp_path / "L.png"
    pixels = np.random.default_rng(0).integers(0, 255, (64, 48)).astype(np.uint8)
    cv2.imwrite(str(right), pixels)
    cv2.imwrite(str(left), pixels[:, ::-1])
    both = [Film(right, None, "p", "R", "film"), Film(left, None, "p", "L", "film")]
    again = [Film(right, None, "p", "R", "again"), Film(left, None, "p", "L", "again")]
    assert near_copies([*both, *again]).tolist() == [False, False, True, True]


def test_blank_films_are_no_copies_of_each_other(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((40, 40), 7, np.uint8))
    assert not near_copies([Film(tmp_path / "blank.png", None, "p", "")] * 3).any()
    assert near_copies([]).tolist() == []


def test_looking_for_copies_can_be_stopped(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        near_copies(draw_films(tmp_path / "films", 4)[0], should_stop=lambda: True)


@needs_knees
def test_real_knees_that_look_alike_are_not_taken_for_copies() -> None:
    use_threads(1)
    paths = sorted((KNEES / "images").glob("9[0-1]*.jpg"))[:600]
    films = [Film(path, None, path.stem[:-1], path.stem[-1]) for path in paths]
    assert not near_copies(films).any()
