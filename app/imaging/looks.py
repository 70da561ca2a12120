"""Choosing how a film is first shown: the first way its file states that shows something."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.imaging import greyscale
from app.imaging.film import LookupTable, StoredFilm, Window
from app.imaging.greyscale import Values
from app.imaging.lookup_tables import signed

LEFT_OUT = 0.005
"""Of the picture, at each end of its values: what a few pixels do decides nothing."""
VISIBLE = 1 / 255
"""The least difference in brightness that an 8-bit screen shows."""


@dataclass(frozen=True)
class Look:
    """One way to show a film.

    Attributes:
        table: what each possible stored value becomes, whole numbers from 0; larger is brighter.
        bits: the values lie in 0 to 2**bits - 1.
        centre: of the initial window over these values (LINEAR_EXACT).
        width: likewise, 1 or more.
    """

    table: Values
    bits: int
    centre: float
    width: float


def chosen(film: StoredFilm, counts: NDArray[Any]) -> Look:
    """Return how a film is first shown.

    VOI LUTs come first, then windows, each in the order of the file. One that leaves the whole
    picture without a visible difference is passed over (a `LINEAR` window only after it was tried
    as `LINEAR_EXACT`). Where none is left, the picture's own values decide, but for a film of 8
    bits that states nothing: its values are grey levels already.

    Args:
        film: as read.
        counts: how often each possible stored value, from the smallest on, occurs in the picture.

    Returns:
        The look, with MONOCHROME1 already turned round.

    Source: DICOM PS3.3 C.11.2.1.1 and C.11.2.1.2: a file may hold several tables and windows as
        alternatives; C.7.6.3.1.2 (MONOCHROME1).
    """
    sight = _Sight.of(counts)
    values = _Values.of(film, sight)
    stated = (look for look in _stated(film, values) if sight.shows(look))
    look = next(stated, None) or _fitted(film, values, sight)
    return _turned(look) if film.inverted else look


class _Sight:
    """The stored values that occur in a picture, and how often."""

    def __init__(self, index: NDArray[Any], counts: NDArray[Any], left_out: float) -> None:
        self._index = index
        self._counts = counts
        self._left_out = left_out

    @classmethod
    def of(cls, counts: NDArray[Any]) -> "_Sight":
        """Nothing is left out of a picture that is one value but for a few pixels."""
        index = np.flatnonzero(counts)
        robust = cls(index, counts[index], LEFT_OUT)
        low, high = robust.ends(np.arange(len(counts), dtype=np.float64))
        return robust if low < high else cls(index, counts[index], 0.0)

    @property
    def is_one_value(self) -> bool:
        return len(self._index) < 2

    def ends(self, table: Values) -> tuple[float, float]:
        """Return the darkest and brightest of what the values become, few pixels left out."""
        values = table[self._index]
        order = np.argsort(values, kind="stable")
        shares = np.cumsum(self._counts[order]) / self._counts.sum()
        places = np.searchsorted(shares, (self._left_out, 1 - self._left_out))
        low, high = values[order][np.minimum(places, len(values) - 1)]
        return float(low), float(high)

    def shows(self, look: Look) -> bool:
        low, high = self.ends(greyscale.linear_exact(look.table, look.centre, look.width))
        return self.is_one_value or high - low > VISIBLE * (1 - 1e-9)


@dataclass(frozen=True)
class _Values:
    """What the modality step makes of the stored values.

    Attributes:
        stored: every possible stored value.
        table: the modality LUT that was used, or None.
        output: in the units the VOI step is stated in.
    """

    stored: Values
    table: LookupTable | None
    output: Values

    @classmethod
    def of(cls, film: StoredFilm, sight: _Sight) -> "_Values":
        """Apply the first modality LUT that tells values apart, or else slope and intercept."""
        is_signed = film.pixels.dtype.kind == "i"
        low = greyscale.lowest(film.bits, is_signed)
        stored = np.arange(low, low + 2**film.bits, dtype=np.float64)
        for table in film.modality_luts:
            output = greyscale.look_up(stored, signed(table, is_signed))
            darkest, brightest = sight.ends(output)
            if darkest < brightest or sight.is_one_value:
                return cls(stored, table, output)
        return cls(stored, None, greyscale.rescaled(stored, film.slope, film.intercept))


def _stated(film: StoredFilm, values: _Values) -> Iterator[Look]:
    negative = bool(values.output.min() < 0)
    for table in film.voi_luts:
        yield _whole(greyscale.look_up(values.output, signed(table, negative)), table.bits)
    for window in film.windows:
        if window.function == "SIGMOID":
            bent = greyscale.sigmoid(values.output, window.centre, window.width)
            yield _whole(np.rint(bent * 65535), 16)
            continue
        yield from _windowed(film, values, window)
        if window.function == "LINEAR":
            yield from _windowed(film, values, replace(window, function="LINEAR_EXACT"))


def _whole(table: Values, bits: int) -> Look:
    top = 2.0**bits - 1
    return Look(table, bits, top / 2, top)


def _windowed(film: StoredFilm, values: _Values, window: Window) -> Iterator[Look]:
    """Yield the look of a linear window, nothing where the film's rescaling makes it endless."""
    centre, width = greyscale.exact(window)
    if values.table is None:
        centre = (centre - film.intercept) / film.slope - values.stored[0]
        width = width / abs(film.slope)
    if math.isfinite(centre) and math.isfinite(width):
        centre, width = greyscale.of_whole_numbers(centre, width)
        yield _upright(replace(_plain(film, values), centre=centre, width=width), film, values)


def _plain(film: StoredFilm, values: _Values) -> Look:
    """Return the film's values as they are.

    Slope and intercept only move and stretch them: they are in the windows instead, so that no grey
    level is lost, and values begin at 0.
    """
    if values.table is None:
        return _whole(values.stored - values.stored[0], film.bits)
    return _whole(values.output, max(int(values.output.max()).bit_length(), 2))


def _upright(look: Look, film: StoredFilm, values: _Values) -> Look:
    """Undo a negative slope, which the table of plain values has left out."""
    return _turned(look) if values.table is None and film.slope < 0 else look


def _fitted(film: StoredFilm, values: _Values, sight: _Sight) -> Look:
    plain = _plain(film, values)
    if plain.bits > 8 or film.windows or film.voi_luts:
        low, high = sight.ends(plain.table)
        plain = replace(plain, centre=(low + high) / 2, width=max(high - low, 1))
    return _upright(plain, film, values)


def _turned(look: Look) -> Look:
    top = 2**look.bits - 1
    return replace(look, table=top - look.table, centre=top - look.centre)
