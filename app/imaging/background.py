"""Which pixels of a film are no part of the picture: padding, and what a shutter hides."""

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.imaging import attributes
from app.imaging.greyscale import lowest

Mask = NDArray[np.bool_]
WORD = 2**16

LEAST_IN_SIGHT = 0.01
"""Of the film; padding or shutters that leave less were not meant for it."""
MOST_VERTICES = 1000


def background(
    dataset: Dataset, pixels: NDArray[Any], aspect: float
) -> tuple[Mask | None, Mask | None]:
    """Return which pixels are padding, and which are behind a shutter; None where none is.

    Padding, or shutters, that would hide the whole film are passed over.

    Args:
        dataset: as read.
        pixels: its stored values, shape (rows, columns).
        aspect: the height of a pixel by its width.

    Returns:
        Two masks of shape (rows, columns).
    """
    padded = _meant(_padded(dataset, pixels), None)
    return padded, _meant(_shuttered(dataset, pixels.shape, aspect), padded)


def _meant(hidden: Mask | None, before: Mask | None) -> Mask | None:
    """Pass over a mask that hides nothing, or with another leaves nothing in sight."""
    if hidden is None or not hidden.any():
        return None
    both = hidden if before is None else hidden | before
    return hidden if np.count_nonzero(~both) >= LEAST_IN_SIGHT * both.size else None


def padding(dataset: Dataset, pixels: NDArray[Any]) -> tuple[int, int] | None:
    """Return the smallest and largest stored value that is padding.

    A number that the film's pixels cannot have was written with the other sign: 63,536 for -2,000,
    or -5 for 65,531. It is then the same 16 bits that count, and of the two ways round from one
    end of the padding to the other the shorter.

    Args:
        dataset: as read.
        pixels: its stored values; their type says whether they are signed.

    Returns:
        Both ends, which are padding too. The larger may lie beyond the 16 bits: the values there
        are the smallest ones, counted on.

    Source: DICOM PS3.3 C.7.5.1.1.2 (PixelPaddingValue, PixelPaddingRangeLimit).
    """
    little = attributes.is_little_endian(dataset)
    ends = attributes.words(dataset, "PixelPaddingValue", little)[:1]
    ends += attributes.words(dataset, "PixelPaddingRangeLimit", little)[:1] if ends else []
    if not ends:
        return None
    first, last = min(ends), max(ends)
    bits = attributes.integer(dataset, "BitsStored", pixels.dtype.itemsize * 8)
    signed = pixels.dtype.kind == "i"
    if lowest(bits, signed) <= first and last < lowest(bits, signed) + 2**bits:
        return first, last
    return _shorter_way(first, last, lowest(16, signed))


def shutter_shapes(dataset: Dataset) -> list[str]:
    """Return the shapes of the stated shutters: `RECTANGULAR`, `CIRCULAR`, `POLYGONAL`."""
    return [code for code in attributes.codes(dataset, "ShutterShape") if code in _OPENINGS]


def _shorter_way(first: int, last: int, smallest: int) -> tuple[int, int]:
    """Go from one number to another on the ring of all numbers of 16 bits."""
    way = (last - first) % WORD
    if way > WORD // 2:
        first, way = last, WORD - way
    start = (first - smallest) % WORD + smallest
    return start, start + way


def _padded(dataset: Dataset, pixels: NDArray[Any]) -> Mask | None:
    grey = attributes.code(dataset, "PhotometricInterpretation").startswith("MONOCHROME")
    ends = padding(dataset, pixels) if grey else None
    if ends is None:
        return None
    kind, octets = pixels.dtype.kind, pixels.dtype.itemsize
    cells = np.ascontiguousarray(pixels).view(f"u{octets}")
    values = np.arange(2 ** (8 * octets)).astype(cells.dtype).view(f"{kind}{octets}")
    values = values.astype(np.int32)
    hidden = (values >= ends[0]) & (values <= ends[1]) | (values <= ends[1] - WORD)
    return np.asarray(cv2.LUT(cells, hidden.view(np.uint8))).view(np.bool_)


def _shuttered(dataset: Dataset, shape: tuple[int, ...], aspect: float) -> Mask | None:
    """Return what any of the stated shutters hides.

    Source: DICOM PS3.3 C.7.6.11. Rows and columns count from 1; what lies on an edge is in sight.
    """
    hidden: Mask | None = None
    for code in shutter_shapes(dataset):
        opening = _OPENINGS[code](dataset, shape, aspect)
        if opening is not None:
            hidden = ~opening if hidden is None else hidden | ~opening
    return hidden


def _rectangle(dataset: Dataset, shape: tuple[int, ...], aspect: float) -> Mask | None:
    left, right = _edges(dataset, "ShutterLeftVerticalEdge", "ShutterRightVerticalEdge")
    top, bottom = _edges(dataset, "ShutterUpperHorizontalEdge", "ShutterLowerHorizontalEdge")
    rows, columns = _places(shape)
    return (rows >= top) & (rows <= bottom) & (columns >= left) & (columns <= right)


def _edges(dataset: Dataset, one: str, other: str) -> tuple[float, float]:
    first, last = attributes.number(dataset, one), attributes.number(dataset, other)
    low = -np.inf if first is None else first
    high = np.inf if last is None else last
    return min(low, high), max(low, high)


def _circle(dataset: Dataset, shape: tuple[int, ...], aspect: float) -> Mask | None:
    """The radius is in columns; rows count by their own height."""
    centre = attributes.all_numbers(dataset, "CenterOfCircularShutter")
    radius = attributes.number(dataset, "RadiusOfCircularShutter")
    if len(centre) != 2 or radius is None:
        return None
    rows, columns = _places(shape)
    left = radius**2 - ((rows - centre[0]) * aspect) ** 2
    half = np.sqrt(np.maximum(left, 0))
    return (left >= 0) & (columns >= centre[1] - half) & (columns <= centre[1] + half)


def _polygon(dataset: Dataset, shape: tuple[int, ...], aspect: float) -> Mask | None:
    numbers = attributes.all_numbers(dataset, "VerticesOfThePolygonalShutter")
    if len(numbers) < 6 or len(numbers) % 2 or len(numbers) > 2 * MOST_VERTICES:
        return None
    vertices = np.array(numbers).reshape(-1, 2)
    opening = np.zeros(shape, np.bool_)
    first = max(math.ceil(vertices[:, 0].min()), 1)
    last = min(math.floor(vertices[:, 0].max()), shape[0])
    for row in range(first, last + 1):
        for left, right in _crossings(vertices, row):
            start, end = np.clip(
                (math.ceil(left - 1e-6), math.floor(right + 1e-6)), 0, shape[1] + 1
            )
            opening[row - 1, max(start - 1, 0) : end] = True
    return opening


def _crossings(vertices: NDArray[np.float64], row: int) -> list[tuple[float, float]]:
    """Return from where to where a row lies inside a polygon, by the even-odd rule.

    A corner belongs to the edge below it, or to the one above it: both rules count together, so
    that the polygon's uppermost and lowermost rows are inside.
    """
    following = np.roll(vertices, -1, axis=0)
    (row_from, column_from), (row_to, column_to) = vertices.T, following.T
    upper, lower = np.minimum(row_from, row_to), np.maximum(row_from, row_to)
    height = np.where(row_to == row_from, 1, row_to - row_from)
    column = column_from + (row - row_from) / height * (column_to - column_from)
    pairs: list[tuple[float, float]] = []
    for crossed in ((upper <= row) & (row < lower), (upper < row) & (row <= lower)):
        found = np.sort(column[crossed]).tolist()
        pairs += zip(found[::2], found[1::2], strict=True)
    return pairs


def _places(shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rows as a column and the columns as a row, counted from 1."""
    rows, columns = shape
    return np.arange(1.0, rows + 1)[:, None], np.arange(1.0, columns + 1)[None, :]


_OPENINGS: dict[str, Callable[[Dataset, tuple[int, ...], float], Mask | None]] = {
    "RECTANGULAR": _rectangle,
    "CIRCULAR": _circle,
    "POLYGONAL": _polygon,
}
