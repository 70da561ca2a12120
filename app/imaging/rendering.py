"""The two renditions of a film. `docs/pixels.md` says what they are."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.background import Mask
from app.imaging.film import RenditionFile, StoredFilm
from app.imaging.greyscale import linear_exact, lowest
from app.imaging.looks import Look, chosen

MODEL_SIDE = 512
"""Pixels of the longer side of a model rendition, at most."""
DEEPEST = 2**16 - 1
PNG = [
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB),
]
"""How a PNG is packed: differences of neighbours, of which only runs are looked for."""
EXACTLY_COUNTED = 2**24
"""Pixels that OpenCV counts without rounding: its counts are 32-bit floats."""


@dataclass(frozen=True)
class Picture:
    """Pixels ready to be written as PNG; white is the largest value.

    Attributes:
        pixels: shape (rows, columns), uint8 where bits <= 8, else uint16.
        bits: the values lie in 0 to 2**bits - 1.
        centre: where the initial window lies (LINEAR_EXACT).
        width: likewise; at least 1.
    """

    pixels: NDArray[Any]
    bits: int
    centre: float
    width: float


def viewer(film: StoredFilm) -> Picture:
    """Make the viewer rendition: square pixels, full depth, white is always the largest value.

    What the browser can undo, a linear window, is left to it; what it cannot, a modality LUT, a VOI
    LUT or a sigmoid, is in the values. MONOCHROME1 is inverted in the values, after these
    (DICOM PS3.3 C.7.6.3.1.2), and the window with them. What is behind a shutter is black, and so
    is padding that would be bright.

    Args:
        film: as read.

    Returns:
        The picture and its initial window.
    """
    cells = np.ascontiguousarray(film.pixels).view(f"u{film.pixels.dtype.itemsize}")
    index = _index(film)
    look = chosen(film, _counts(film, cells, index))
    black = _black(film, look, cells, index)
    if black is not None:
        look = _on_black(look)
    whole: NDArray[Any] = look.table.astype(np.uint8 if look.bits <= 8 else np.uint16)
    pixels: NDArray[Any] = cv2.LUT(cells, whole[index])
    if black is not None:
        pixels[black] = 0
    return Picture(_square(pixels, film.shown_size), look.bits, look.centre, look.width)


def model(picture: Picture) -> Picture:
    """Make the model rendition from the viewer rendition: 8 bit, long side at most 512.

    The reduction averages areas (OpenCV INTER_AREA) before the window is applied, and never
    enlarges.

    Args:
        picture: the viewer rendition.

    Returns:
        The picture; the window is the whole of its grey scale.
    """
    pixels = _reduced(picture.pixels)
    shown = linear_exact(
        np.arange(2**picture.bits, dtype=np.float64), picture.centre, picture.width
    )
    return Picture(np.rint(shown * 255).astype(np.uint8)[pixels], 8, 127.5, 255.0)


def are_the_same(one: Picture, other: Picture) -> bool:
    """Whether two viewer renditions show the same, whatever window they are first shown with."""
    return one.bits == other.bits and np.array_equal(one.pixels, other.pixels)


def png(picture: Picture) -> bytes:
    """Return a picture as greyscale PNG, lossless, without metadata."""
    done, data = cv2.imencode(".png", picture.pixels, PNG)
    if not done:
        raise ValueError("OpenCV could not write a PNG")
    return data.tobytes()


def write(picture: Picture, path: Path | None) -> RenditionFile:
    """Write a picture as `png` makes it, and return the file with what is known of it.

    Args:
        picture: of a rendition.
        path: where to; None where it is yet to be made.
    """
    if path is not None:
        path.write_bytes(png(picture))
    height, width = picture.pixels.shape
    return RenditionFile(path, width, height, picture.bits, picture.centre, picture.width)


def _index(film: StoredFilm) -> NDArray[np.int32]:
    """Return where among the film's possible values each content of a cell stands.

    Returns:
        From 0, the smallest value, to 2**bits - 1; shape (256,) or (65,536,), by the bits of a
        cell as an unsigned number. What more bits than the film has would mean is cut off.
    """
    kind, octets = film.pixels.dtype.kind, film.pixels.dtype.itemsize
    values = np.arange(2 ** (8 * octets)).astype(f"u{octets}").view(f"{kind}{octets}")
    low = lowest(film.bits, kind == "i")
    return np.clip(values.astype(np.int32), low, low + 2**film.bits - 1) - low


def _counts(film: StoredFilm, cells: NDArray[Any], index: NDArray[np.int32]) -> NDArray[Any]:
    """Count how often each value occurs where there is neither padding nor a shutter."""
    masks = [mask for mask in (film.padded, film.shuttered) if mask is not None]
    seen = ~np.logical_or.reduce(masks) if masks else None
    if cells.size <= EXACTLY_COUNTED:
        mask = None if seen is None else seen.view(np.uint8)
        counts = cv2.calcHist([cells], [0], mask, [len(index)], [0, len(index)]).ravel()
    else:
        counts = np.bincount(cells.ravel() if seen is None else cells[seen], minlength=len(index))
    return np.bincount(index, weights=counts, minlength=2**film.bits)


def _black(
    film: StoredFilm, look: Look, cells: NDArray[Any], index: NDArray[np.int32]
) -> Mask | None:
    """Return what is shown black instead of its value; None where all is shown as it is.

    Padding at the dark end of MONOCHROME2, where the standard wants it, stays: a pixel of the
    picture may have its value too. MONOCHROME1 and a wrong value would turn it bright.
    """
    if film.padded is None:
        return film.shuttered
    bright = linear_exact(look.table, look.centre, look.width) > 0.5
    padded = film.padded if film.inverted else film.padded & bright[index][cells]
    black = padded if film.shuttered is None else padded | film.shuttered
    return black if black.any() else None


def _on_black(look: Look) -> Look:
    """Raise all values, as far as 16 bits allow, until 0 is black in the initial window.

    Then background, which is 0, is black too, and not a grey of the picture.
    """
    wanted = math.ceil(look.width / 2 - look.centre)
    lift = min(max(wanted, 0), DEEPEST - int(look.table.max()))
    table = look.table + lift
    bits = max(look.bits, int(table.max()).bit_length())
    return replace(look, table=table, bits=bits, centre=look.centre + lift)


def _square(pixels: NDArray[Any], size: tuple[int, int] | None) -> NDArray[Any]:
    """Bring a film of oblong pixels to the size at which they are square."""
    if size is None:
        return pixels
    rows, columns = size
    larger = rows * columns >= pixels.size
    how = cv2.INTER_LINEAR if larger else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, (columns, rows), interpolation=how))


def _reduced(pixels: NDArray[Any]) -> NDArray[Any]:
    height, width = pixels.shape
    scale = MODEL_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    reduced: NDArray[Any] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return reduced
