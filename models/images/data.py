"""Films on disk to arrays of pixels, at one size, decoded once."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from models.errors import TrainingError
from models.film import Film
from models.progress import OnProgress, ShouldStop, check, never, silent

DECODED_AT_ONCE = 256
AHEAD = 2
"""Batches that are decoded while one is in use: all that is held, however long the list."""


def fit_square(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scale a film into a square, keeping its proportions, black beside it.

    Args:
        pixels: uint8 (height, width).
        size: side of the square.

    Returns:
        uint8 (size, size).
    """
    top, left, height, width = place_in_square(pixels.shape, size)
    method = cv2.INTER_AREA if size < max(pixels.shape) else cv2.INTER_LINEAR
    scaled = cv2.resize(pixels, (width, height), interpolation=method)
    square = np.zeros((size, size), np.uint8)
    square[top : top + height, left : left + width] = scaled
    return square


def place_in_square(shape: tuple[int, ...], size: int) -> tuple[int, int, int, int]:
    """Say where `fit_square` puts a film.

    Args:
        shape: the film's height and width.
        size: side of the square.

    Returns:
        Top, left, height and width of the film in the square.
    """
    scale = size / max(shape)
    height, width = (max(1, round(side * scale)) for side in shape)
    return (size - height) // 2, (size - width) // 2, height, width


def read_film(film: Film, position: int, size: int) -> NDArray[np.uint8]:
    """Read one film's pixels; a left knee is mirrored, so that medial is always the same side.

    Args:
        film: the film.
        position: its place in the caller's list, for messages.
        size: side of the square.

    Returns:
        uint8 (size, size).

    Raises:
        TrainingError: if there is no file, or it is no 8-bit picture.
    """
    return as_seen(read_pixels(film, position), film, size)


def as_seen(pixels: NDArray[np.uint8], film: Film, size: int) -> NDArray[np.uint8]:
    """Fit a film's pixels into the square the networks see, a left knee mirrored.

    A film that shows nothing is all black, whatever its grey, so that `blank` knows it by that.
    """
    if pixels.min() == pixels.max():
        return np.zeros((size, size), np.uint8)
    square = fit_square(pixels, size)
    return np.ascontiguousarray(square[:, ::-1]) if film.laterality == "L" else square


def read_pixels(film: Film, position: int) -> NDArray[np.uint8]:
    """Read one film's pixels as they are: uint8 (height, width); arguments as in `read_film`."""
    pixels = cv2.imread(os.fspath(film.path), cv2.IMREAD_UNCHANGED) if film.path else None
    if pixels is None or pixels.dtype != np.uint8:
        raise TrainingError(
            "The pixels cannot be read as an 8-bit picture.",
            f"film {position + 1} of the list",
            "Import the image again, or take it out of the list.",
        )
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels[:, :, :3], cv2.COLOR_BGR2GRAY)
    return np.asarray(pixels, np.uint8)


def read_in_batches(
    films: Sequence[Film], size: int, batch: int = DECODED_AT_ONCE
) -> Iterator[NDArray[np.uint8]]:
    """Decode films on threads of their own, ahead of whoever uses them.

    Memory does not grow with the films: no more than `AHEAD` batches and one wait to be used.

    Args:
        films: the films.
        size: side of the square, in pixels.
        batch: films at once.

    Yields:
        uint8 (at most batch, size, size), in order.

    Raises:
        TrainingError: naming the position of a film that cannot be read.
    """
    pool = ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="films")
    coming: deque[list[Future[NDArray[np.uint8]]]] = deque()
    try:
        for start in range(0, len(films), batch):
            some = enumerate(films[start : start + batch], start)
            coming.append([pool.submit(read_film, film, place, size) for place, film in some])
            if len(coming) > AHEAD:
                yield _stacked(coming.popleft())
        while coming:
            yield _stacked(coming.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _stacked(films: Sequence[Future[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    return np.stack([film.result() for film in films])


def blank(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which films show nothing: every pixel the same.

    Args:
        pixels: uint8 (n, height, width).

    Returns:
        bool (n,).
    """
    flat = pixels.reshape(len(pixels), -1)
    return np.asarray(flat.min(axis=1) == flat.max(axis=1))


def load_films(
    films: Sequence[Film],
    size: int,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> NDArray[np.uint8]:
    """Load training films into memory: 7,000 at 128 pixels take 115 MB.

    Args:
        films: the films.
        size: side of the square, in pixels.
        on_progress: told (done, total, message).
        should_stop: asked at every batch.

    Returns:
        uint8 (n, size, size).

    Raises:
        TrainingError: naming the position of a film that cannot be read or is blank.
        Stopped: if should_stop says so.
    """
    loaded = np.empty((len(films), size, size), np.uint8)
    done = 0
    for pixels in read_in_batches(films, size):
        check(should_stop)
        if blank(pixels).any():
            raise TrainingError(
                "The film is blank: every pixel has the same value.",
                f"film {done + int(blank(pixels).argmax()) + 1} of the list",
                "Mark the image as unusable, or take it out of the list.",
            )
        loaded[done : done + len(pixels)] = pixels
        done += len(pixels)
        on_progress(done, len(films), "Reading films")
    return loaded
