"""What is kept of films is what decoding them would give, and nothing kept can be stale."""

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from support.models_films import CLASSES, TINY, draw_films, one_hot

from models.errors import TrainingError
from models.film import Film, Place
from models.images.classifier import train_classifier
from models.images.kept_films import ABANDONED, ROWS, KeptFilms, tidy
from models.images.reading import load_films, map_films, read_in_batches

SIZE = TINY.size


def placed(films: Sequence[Film], folder: Path, first: int = ROWS - 5) -> list[Film]:
    """Give films the rows from one on, over the end of a file."""
    return [
        dataclasses.replace(film, place=Place(folder, first + n, digest_of(film)))
        for n, film in enumerate(films)
    ]


def digest_of(film: Film) -> str:
    assert film.path
    return hashlib.sha256(film.path.read_bytes()).hexdigest()


def read(films: Sequence[Film]) -> np.ndarray:
    return np.concatenate(list(read_in_batches(films, SIZE, batch=4)))


@pytest.fixture
def films(tmp_path: Path) -> list[Film]:
    drawn, _ = draw_films(tmp_path / "renditions", 12)
    return placed(drawn, tmp_path / "films")


def forget_files(films: Sequence[Film]) -> None:
    for film in films:
        assert film.path
        film.path.unlink()


def test_a_film_is_decoded_once(films: list[Film]) -> None:
    first = read(films)
    assert np.array_equal(first, read([dataclasses.replace(f, place=None) for f in films]))
    forget_files(films)
    assert np.array_equal(read(films), first)
    assert np.array_equal(read(films[::-1]), first[::-1])


def test_a_side_put_right_needs_no_decoding(films: list[Film]) -> None:
    first = read(films)
    forget_files(films)
    turned = {"L": "R", "R": "L"}
    other = [dataclasses.replace(film, laterality=turned[film.laterality]) for film in films]
    assert np.array_equal(read(other), first[:, :, ::-1])


def test_another_rendition_of_an_image_is_read_anew(films: list[Film], tmp_path: Path) -> None:
    read(films)
    cv2.imwrite(str(tmp_path / "other.png"), np.eye(40, dtype=np.uint8) * 200)
    other = dataclasses.replace(films[3], path=tmp_path / "other.png", laterality="R")
    again = placed([other], tmp_path / "films", first=films[3].place.row)  # type: ignore[union-attr]
    expected = load_films([dataclasses.replace(other, place=None)], SIZE)
    assert np.array_equal(read(again), expected)
    assert np.array_equal(read(again), expected)
    assert np.array_equal(
        read([*films[:3], *again, *films[4:]])[[0, 11]],
        read([dataclasses.replace(films[n], place=None) for n in (0, 11)]),
    )


def test_a_file_that_is_not_whole_counts_as_none(films: list[Film], tmp_path: Path) -> None:
    first = read(films)
    for kept in (tmp_path / "films").glob("*/0*0"):
        kept.write_bytes(kept.read_bytes()[:1000])
    assert np.array_equal(read(films), first)


def test_a_disk_that_does_not_take_films_only_costs_time(films: list[Film], tmp_path: Path) -> None:
    (tmp_path / "films").write_text("no folder")
    expected = load_films([dataclasses.replace(film, place=None) for film in films], SIZE)
    assert np.array_equal(read(films), expected)
    with pytest.raises(TrainingError, match="could not be kept"):
        map_films([films], 12, SIZE, tmp_path / "run")


def test_a_training_from_mapped_films_ends_with_the_same_weights(
    films: list[Film], tmp_path: Path
) -> None:
    _, labels = draw_films(tmp_path / "again", 12)
    recipe = dataclasses.replace(TINY, presentations=40)
    expected = train_classifier(films, one_hot(labels), CLASSES, recipe, tmp_path / "1")

    def pages() -> Iterator[list[Film]]:
        yield from (films[:7], films[7:])

    mapped = map_films(pages(), 12, SIZE, tmp_path / "links")
    for kept in (tmp_path / "films").glob("*/0*"):
        kept.unlink()  # what is linked stays
    found = train_classifier(mapped, one_hot(labels), CLASSES, recipe, tmp_path / "2")
    assert found.training_digest == expected.training_digest
    for name, value in found.networks[0].state_dict().items():
        assert torch.equal(value, expected.networks[0].state_dict()[name]), name


def test_a_size_that_nobody_uses_is_removed(films: list[Film], tmp_path: Path) -> None:
    read(films)
    folder = tmp_path / "films"
    (size,) = folder.iterdir()
    used = size.stat().st_mtime
    tidy(folder, used + ABANDONED - 60)
    assert KeptFilms(folder, SIZE).folder.exists()
    tidy(folder, used + ABANDONED + 60)
    assert list(folder.iterdir()) == []
