"""From stored values to the two renditions: one function for each section of the standard.

Every step works on single values, so the whole way of a film is one table over its possible stored
values, applied once. `docs/pixels.md` says what the renditions are.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.film import Film, LookupTable, Window

Values = NDArray[np.float64]

MODEL_SIDE = 512
"""Pixels of the longer side of a model rendition, at most."""
ROBUST_PERCENTILES = (0.5, 99.5)
"""Of the film's values, shown black and white where the file states no window."""


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


def modality(values: Values, film: Film) -> Values:
    """Apply the modality LUT, or else the rescale slope and intercept.

    Args:
        values: stored values, any shape.
        film: whose table or slope and intercept to use.

    Returns:
        Values in the units the window is stated in, same shape.

    Source: DICOM PS3.3 C.11.1.
    """
    if film.modality_lut is not None:
        return look_up(values, film.modality_lut)
    return values * film.slope + film.intercept


def look_up(values: Values, table: LookupTable) -> Values:
    """Replace values by a look-up table's entries; its ends stand for all beyond them.

    Source: DICOM PS3.3 C.11.1.1 (modality) and C.11.2.1.1 (VOI).
    """
    index = np.clip(np.rint(values) - table.first, 0, len(table.entries) - 1).astype(np.intp)
    return table.entries[index].astype(np.float64)


def exact(window: Window) -> tuple[float, float]:
    """Return the centre and width of a linear window in LINEAR_EXACT terms.

    LINEAR spreads w integers over the grey scale: it is the exact window of centre c - 0.5 and
    width w - 1. A width below 1 is taken as 1, which for integers is a step.

    Source: DICOM PS3.3 C.11.2.1.2.1 (LINEAR) and C.11.2.1.3.2 (LINEAR_EXACT).
    """
    if window.function == "LINEAR":
        return window.centre - 0.5, max(window.width - 1, 1)
    return window.centre, max(window.width, 1)


def linear_exact(values: Values, centre: float, width: float) -> Values:
    """Apply a linear window.

    Args:
        values: any shape.
        centre: in the units of the values.
        width: in the units of the values, above 0.

    Returns:
        Brightness from 0 to 1, same shape.

    Source: DICOM PS3.3 C.11.2.1.3.2.
    """
    return np.clip((values - centre) / width + 0.5, 0, 1)


def sigmoid(values: Values, centre: float, width: float) -> Values:
    """Apply a sigmoid window; arguments and result as in `linear_exact`.

    Source: DICOM PS3.3 C.11.2.1.3.1.
    """
    return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700)))


def viewer(film: Film) -> Picture:
    """Make the viewer rendition: full size, full depth, white is always the largest value.

    What the browser can undo, a linear window, is left to it; what it cannot, a modality LUT, a VOI
    LUT or a sigmoid, is in the values. MONOCHROME1 is inverted in the values, after these
    (DICOM PS3.3 C.7.6.3.1.2), and the window with them.

    Args:
        film: as read.

    Returns:
        The picture and its initial window.
    """
    low = -(2 ** (film.bits - 1)) if film.pixels.dtype.kind == "i" else 0
    stored = np.arange(low, low + 2**film.bits, dtype=np.float64)
    table, window = _table(stored, film)
    bits = max(int(table.max()).bit_length(), 2)
    top = 2**bits - 1
    if film.inverted != (_is_affine(film) and film.slope < 0):
        table = top - table
        window = (top - window[0], window[1]) if window else None
    entries = table.astype(np.uint8 if bits <= 8 else np.uint16)
    index = np.clip(film.pixels, low, low + 2**film.bits - 1).astype(np.int32) - low
    pixels = entries[index]
    centre, width = _sensible(window, _histogram(entries, index, film, low), bits)
    return Picture(pixels, bits, centre, width)


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


def png(picture: Picture) -> bytes:
    """Return a picture as greyscale PNG, lossless, without metadata."""
    done, data = cv2.imencode(".png", picture.pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise ValueError("OpenCV could not write a PNG")
    return data.tobytes()


def _is_affine(film: Film) -> bool:
    sigmoidal = film.window is not None and film.window.function == "SIGMOID"
    return film.modality_lut is None and film.voi_lut is None and not sigmoidal


def _table(stored: Values, film: Film) -> tuple[Values, tuple[float, float] | None]:
    """Return what each stored value becomes before inversion, and the exact window over that."""
    values = modality(stored, film)
    if film.voi_lut is not None:
        shown = look_up(values, film.voi_lut)
        return shown, _whole(shown)
    window = film.window
    if window is not None and window.function == "SIGMOID":
        bent = np.rint(sigmoid(values, window.centre, window.width) * 65535)
        return bent, (32767.5, 65535.0)
    if film.modality_lut is not None:
        return values, exact(window) if window else None
    if window is None:
        return stored - stored[0], None
    centre, width = exact(window)
    in_stored = (centre - film.intercept) / film.slope - stored[0]
    return stored - stored[0], (in_stored, width / abs(film.slope))


def _whole(values: Values) -> tuple[float, float]:
    top = 2 ** max(int(values.max()).bit_length(), 2) - 1
    return top / 2, float(top)


def _histogram(
    entries: NDArray[Any], index: NDArray[np.int32], film: Film, low: int
) -> NDArray[np.int64]:
    """Count the film's rendered values, padding left out."""
    counts = np.bincount(index.ravel(), minlength=len(entries))
    if film.padding is not None:
        first, last = (max(value - low, 0) for value in film.padding)
        counts[first : last + 1] = 0
    return np.bincount(entries, weights=counts).astype(np.int64)


def _sensible(
    window: tuple[float, float] | None, histogram: NDArray[np.int64], bits: int
) -> tuple[float, float]:
    """Return the stated window, or a robust one where it is missing or would show nothing.

    An 8-bit film without a window is shown as it is: its values are grey levels already.
    """
    if window is None and bits <= 8:
        return (2**bits - 1) / 2, 2.0**bits - 1
    darkest, brightest = _percentiles(histogram)
    if window is not None:
        centre, width = window
        if centre - width / 2 < brightest and darkest < centre + width / 2:
            return centre, max(width, 1.0)
    return (darkest + brightest) / 2, float(max(brightest - darkest, 1))


def _percentiles(histogram: NDArray[np.int64]) -> tuple[int, int]:
    shares = np.cumsum(histogram) / max(histogram.sum(), 1) * 100
    low, high = np.searchsorted(shares, ROBUST_PERCENTILES)
    return int(low), int(min(high, len(histogram) - 1))


def _reduced(pixels: NDArray[Any]) -> NDArray[Any]:
    height, width = pixels.shape
    scale = MODEL_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    reduced: NDArray[Any] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return reduced
