"""One film on disk to an array of pixels, at one size."""

import os

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import TrainingError
from models.film import Film


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


def as_seen(pixels: NDArray[np.uint8], film: Film, size: int) -> NDArray[np.uint8]:
    """Fit a film's pixels into the square the networks see, a left knee mirrored."""
    square = fitted(pixels, size)
    return np.ascontiguousarray(square[:, ::-1]) if film.laterality == "L" else square


def fitted(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Fit a film's pixels into a square.

    A film that shows nothing is all black, whatever its grey, so that `blank` knows it by that.
    """
    if pixels.min() == pixels.max():
        return np.zeros((size, size), np.uint8)
    return fit_square(pixels, size)


def read_pixels(film: Film, position: int) -> NDArray[np.uint8]:
    """Read one film's pixels as they are.

    Args:
        film: the film.
        position: its place in the caller's list, for messages.

    Returns:
        uint8 (height, width).

    Raises:
        TrainingError: if there is no file, or it is no 8-bit picture.
    """
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


def blank(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which films show nothing: every pixel the same.

    Args:
        pixels: uint8 (n, height, width).

    Returns:
        bool (n,).
    """
    flat = pixels.reshape(len(pixels), -1)
    return np.asarray(flat.min(axis=1) == flat.max(axis=1))
