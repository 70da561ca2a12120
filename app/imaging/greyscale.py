"""The steps from stored values to brightness: one function for each section of the standard."""

import math

import numpy as np
from numpy.typing import NDArray

from app.imaging.film import LookupTable, Window

Values = NDArray[np.float64]


def lowest(bits: int, signed: bool) -> int:
    """Return the smallest number of so many bits, 2 to 16."""
    return -(2 ** (bits - 1)) if signed else 0


def rescaled(values: Values, slope: float, intercept: float) -> Values:
    """Apply the rescale slope and intercept.

    Args:
        values: stored values, any shape.
        slope: (0028,1053).
        intercept: (0028,1052).

    Returns:
        Values in the units the window is stated in, same shape.

    Source: DICOM PS3.3 C.11.1.
    """
    return values * slope + intercept


def look_up(values: Values, table: LookupTable) -> Values:
    """Replace values by a look-up table's entries; its ends stand for all beyond them.

    Source: DICOM PS3.3 C.11.1.1 (modality) and C.11.2.1.1 (VOI).
    """
    index = np.clip(np.rint(values) - table.first, 0, len(table.entries) - 1).astype(np.intp)
    return table.entries[index].astype(np.float64)


def exact(window: Window) -> tuple[float, float]:
    """Return the centre and width of a linear window in LINEAR_EXACT terms.

    LINEAR spreads w integers over the grey scale: it is the exact window of centre c - 0.5 and
    width w - 1, whatever the unit of the values. A width of 0 is a step: all up to the centre is
    black, all above it white.

    Source: DICOM PS3.3 C.11.2.1.2.1 (LINEAR) and C.11.2.1.3.2 (LINEAR_EXACT).
    """
    if window.function == "LINEAR":
        return window.centre - 0.5, max(window.width - 1, 0)
    return window.centre, window.width


def of_whole_numbers(centre: float, width: float) -> tuple[float, float]:
    """Return a window of width 1 or more that shows every whole number as the given one does.

    A narrower window has at most one whole number on its slope. The window of width 1 through that
    one shows the numbers beside it black and white too; where there is none, it lies between the
    last that is black and the first that is white.

    Args:
        centre: of the window (LINEAR_EXACT).
        width: likewise, 0 or more.
    """
    if width >= 1:
        return centre, width
    first_white = math.floor(centre) + 1 if width == 0 else math.ceil(centre + width / 2)
    below = first_white - 1
    grey = (below - centre) / width + 0.5 if below > centre - width / 2 else 0.0
    return below + 0.5 - grey, 1.0


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
