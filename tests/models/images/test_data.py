"""Films are read whole, upright, in order, and a bad one is named by its position."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.models_films import draw_films

from models.errors import Stopped, TrainingError
from models.film import Film
from models.images.data import fit_square
from models.images.reading import DECODED_AT_ONCE, load_films, read_in_batches


def write(path: Path, pixels: np.ndarray) -> Film:
    cv2.imwrite(str(path), pixels)
    return Film(path, None, "patient", "")


@pytest.mark.parametrize(("height", "width"), [(60, 30), (30, 60), (1, 500), (64, 64), (9, 7)])
def test_a_film_keeps_its_proportions(height: int, width: int) -> None:
    square = fit_square(np.full((height, width), 200, np.uint8), 64)
    rows, columns = (square > 0).any(axis=1).sum(), (square > 0).any(axis=0).sum()
    assert max(rows, columns) == 64
    assert abs(rows / columns - height / width) <= max(height, width) / min(height, width) / 2
    assert set(np.unique(square)) <= {0, 200}


def test_a_left_knee_is_mirrored_onto_a_right_one(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (32, 32)).astype(np.uint8)
    right = dataclasses.replace(write(tmp_path / "right.png", pixels), laterality="R")
    left = dataclasses.replace(write(tmp_path / "left.png", pixels[:, ::-1]), laterality="L")
    one, other = load_films([right, left], 32)
    assert np.array_equal(one, other)


def test_batches_keep_the_order(tmp_path: Path) -> None:
    shown = [np.array([[n, 50]], np.uint8).repeat(2, axis=0) for n in range(10)]
    films = [write(tmp_path / f"{n}.png", pixels) for n, pixels in enumerate(shown)]
    batches = list(read_in_batches(films, 2, batch=3))
    assert [len(batch) for batch in batches] == [3, 3, 3, 1]
    assert np.concatenate(batches)[:, 0, 0].tolist() == list(range(10))


def test_a_colour_file_is_read_as_grey(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (8, 8)).astype(np.uint8)
    colour = write(tmp_path / "colour.png", np.repeat(pixels[:, :, None], 3, axis=2))
    assert np.array_equal(load_films([colour], 8)[0], pixels)


@pytest.mark.parametrize("bad", ["missing", "truncated", "text", "nan", "sixteen", "none"])
def test_a_bad_film_is_named_by_its_position_alone(tmp_path: Path, bad: str) -> None:
    films, _ = draw_films(tmp_path, 6)
    path = tmp_path / f"doe-{bad}.png"
    if bad == "truncated":
        assert films[0].path
        path.write_bytes(films[0].path.read_bytes()[:60])
    elif bad == "text":
        path.write_text("no picture")
    elif bad == "nan":
        path = tmp_path / "doe-nan.tiff"
        cv2.imwrite(str(path), np.full((8, 8), np.nan, np.float32))
    elif bad == "sixteen":
        cv2.imwrite(str(path), np.arange(64, dtype=np.uint16).reshape(8, 8))
    films[3] = Film(None if bad == "none" else path, None, "doe", "")
    with pytest.raises(TrainingError) as refused:
        load_films(films, 32)
    assert refused.value.where == "film 4 of the list"
    assert "doe" not in str(refused.value)


@pytest.mark.parametrize("shape", [(20, 20), (20, 12)])
def test_a_blank_film_teaches_nothing_and_is_refused(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    films, _ = draw_films(tmp_path, 3)
    films.append(write(tmp_path / "blank.png", np.full(shape, 77, np.uint8)))
    with pytest.raises(TrainingError, match="blank") as refused:
        load_films(films, 20)
    assert refused.value.where == "film 4 of the list"


def test_reading_stops_when_asked(tmp_path: Path) -> None:
    films, _ = draw_films(tmp_path, 2)
    with pytest.raises(Stopped):
        load_films(films * DECODED_AT_ONCE, 16, should_stop=lambda: True)
