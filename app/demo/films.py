"""From what the detector saw to the stored values of a film: processing, shutter, lead marker."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.demo.radiography import COLUMNS, ROWS, Plane, wide_blur


@dataclass(frozen=True)
class Development:
    """How one film was processed and marked.

    Attributes:
        bits: stored, 10 or 12.
        inverted: whether low values are bright (MONOCHROME1).
        compression: of the dynamic range, 0 to 1.
        sharpening: of edges, 0 is none.
        brightness: shift of the display window, in units of attenuation.
        latitude: width of the display window, in units of attenuation.
        shutter: left, top, right and bottom edge of the collimated field, pixels.
        soft_edge: blur of the shutter's edge, pixels.
        marker: `L`, `R` or nothing.
        marker_at: left bottom of the marker, pixels.
        marker_angle: degrees.
    """

    bits: int
    inverted: bool
    compression: float
    sharpening: float
    brightness: float
    latitude: float
    shutter: tuple[int, int, int, int]
    soft_edge: float
    marker: str
    marker_at: tuple[int, int]
    marker_angle: float


@dataclass(frozen=True)
class Developed:
    """A finished film: (ROWS, COLUMNS) uint16 stored values, and the window to show them with."""

    pixels: NDArray[np.uint16]
    window_centre: float
    window_width: float


def develop(film: Plane, how: Development) -> Developed:
    """Return the stored values of a film.

    Args:
        film: (ROWS, COLUMNS) float32, -log of the detected fraction.
        how: the processing.

    Returns:
        The film as a detector's software would hand it to the archive.
    """
    processed = _process(film, how)
    flesh = np.median(processed[film > 0.9])
    low = flesh - 0.52 * how.latitude + how.brightness
    top = (1 << how.bits) - 1
    foot, width = 0.06 * top, 0.72 * top
    stored = np.clip(foot + width * _shoulder((processed - low) / how.latitude), 0, top)
    stored = _close_shutter(stored, how)
    _stamp(stored, how, float(top))
    if how.inverted:
        stored = top - stored
    centre = foot + width / 2
    return Developed(
        pixels=np.round(stored).astype(np.uint16),
        window_centre=round(float(top - centre if how.inverted else centre), 1),
        window_width=round(float(width), 1),
    )


def _process(film: Plane, how: Development) -> Plane:
    """Flatten slow brightness changes and lift edges, as every vendor's processing does."""
    wide = wide_blur(film, 60)
    fine = film - cv2.GaussianBlur(film, (0, 0), 2.0)
    processed: Plane = film - how.compression * wide + how.sharpening * fine
    return processed


def _shoulder(tone: Plane) -> Plane:
    """Let bright tones (1 is white) run out softly, so that dense bone keeps its texture."""
    knee, room = 0.62, 0.42
    bright = knee + room * (1 - np.exp((knee - np.maximum(tone, knee)) / room))
    return np.where(tone > knee, bright, tone)


def _close_shutter(stored: Plane, how: Development) -> Plane:
    left, top, right, bottom = how.shutter
    field: Plane = np.zeros((ROWS, COLUMNS), np.float32)
    field[top:bottom, left:right] = 1
    if how.soft_edge:
        field = cv2.GaussianBlur(field, (0, 0), how.soft_edge, borderType=cv2.BORDER_REPLICATE)
    return stored * field


def _stamp(stored: Plane, how: Development, top: float) -> None:
    """Put the lead marker in the beam, and the word GENERATED on every film."""
    if how.marker:
        lead: Plane = np.zeros((72, 72), np.uint8)
        cv2.putText(lead, how.marker, (22, 50), cv2.FONT_HERSHEY_DUPLEX, 1.25, 255, 4, cv2.LINE_AA)
        turned = cv2.getRotationMatrix2D((36, 36), how.marker_angle, 1.0)
        lead = cv2.GaussianBlur(cv2.warpAffine(lead, turned, (72, 72)), (0, 0), 0.8)
        x, y = how.marker_at
        patch = stored[y : y + 72, x : x + 72]
        np.maximum(patch, lead[: patch.shape[0], : patch.shape[1]] * (0.93 * top / 255), out=patch)
    words = np.zeros((16, 96), np.uint8)
    cv2.putText(words, "GENERATED", (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1, cv2.LINE_AA)
    corner = stored[ROWS - 20 : ROWS - 4, 4:100]
    np.maximum(corner * 0.2, words * (0.85 * top / 255), out=corner)
