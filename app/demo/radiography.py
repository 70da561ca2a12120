"""From a projection to a film: attenuation along the beam, the detector, and its processing."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.demo.anatomy import Bone, Line, Projection
from app.demo.outlines import Points, Pose, after, moved

Plane = NDArray[Any]
"""Float32; OpenCV's annotations know no narrower type."""

ROWS, COLUMNS = 640, 512
FAT, MUSCLE, MARROW, CANCELLOUS, CORTICAL = 0.0205, 0.0245, 0.0235, 0.034, 0.085
"""Linear attenuation per mm near 50 keV (NIST tables of Hubbell and Seltzer), to 5 %; cancellous
bone is five sixths marrow and a sixth cortical bone."""


@dataclass(frozen=True, eq=False)
class Exposure:
    """How one film was taken.

    Attributes:
        pose: from the knee (mm) to the film (pixels).
        spacing: mm per pixel at the detector.
        photons: mean count per pixel where nothing is in the way.
        scatter: share of the beam that arrives from everywhere.
        blur: of focal spot and detector, pixels (standard deviation).
        seed: of texture and noise.
    """

    pose: Pose
    spacing: float
    photons: float
    scatter: float
    blur: float
    seed: int


def expose(projection: Projection, density: float, exposure: Exposure) -> Plane:
    """Return what the detector's log amplifier sees of a projection.

    The beam follows Beer-Lambert, I = I0 exp(-sum of attenuation x path), plus a smooth scatter;
    counts are Poisson, here their normal approximation.

    Args:
        projection: what the beam meets.
        density: of the cancellous bone, 1 is average.
        exposure: how the film was taken.

    Returns:
        (ROWS, COLUMNS) float32, -log of the detected fraction: bright where dense.
    """
    rng = np.random.default_rng(exposure.seed)
    path = _flesh(projection, exposure, rng)
    bone = np.zeros((ROWS, COLUMNS), np.uint8)
    texture = _texture_on_film(exposure, rng)
    waves = _clouds(rng, 40)
    for one in projection.bones:
        _add_bone(path, bone, one, density, texture, waves, exposure)
    _add_lines(path, bone, projection.lines, exposure)
    for outline in projection.metal:
        _add_metal(path, outline, exposure)
    return _detect(path, exposure, rng)


def _detect(path: Plane, exposure: Exposure, rng: np.random.Generator) -> Plane:
    primary = cv2.GaussianBlur(np.exp(-path), (0, 0), exposure.blur)
    scatter = wide_blur(primary, 40)
    fraction = (1 - exposure.scatter) * primary + exposure.scatter * scatter
    noise = rng.standard_normal((ROWS, COLUMNS), dtype=np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.6) * 1.9
    counts = fraction * exposure.photons
    counts += np.sqrt(counts) * noise
    film: Plane = -np.log(np.maximum(counts, 1.0) / exposure.photons)
    return film


def wide_blur(film: Plane, sigma: float) -> Plane:
    """Blur widely at an eighth of the size, where it costs nothing."""
    small = cv2.resize(film, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 8, borderType=cv2.BORDER_REPLICATE)
    wide: Plane = cv2.resize(small, (film.shape[1], film.shape[0]), interpolation=cv2.INTER_LINEAR)
    return wide


def _fill(outlines: tuple[Points, ...], pose: Pose) -> NDArray[Any]:
    """Return a mask of outlines, drawn to a sixteenth of a pixel."""
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    for outline in outlines:
        corners = np.round(moved(outline, pose) * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, lineType=cv2.LINE_AA, shift=4)
    return mask


def _inside(mask: NDArray[Any], spacing: float) -> Plane:
    """Return the distance to the edge of an antialiased mask, mm, 0 outside."""
    solid = (mask > 127).astype(np.uint8)
    distance: Plane = cv2.distanceTransform(solid, cv2.DIST_L2, cv2.DIST_MASK_5)
    distance = np.maximum(distance - 1 + mask / np.float32(255), 0)
    return distance * np.float32(spacing)


def _chord(distance: Plane, rounding: Plane | float, depth: Plane | float) -> Plane:
    """Return the path through a body whose cross-section is rounded like an ellipse.

    Args:
        distance: to the edge, mm.
        rounding: distance at which the full depth is reached, mm.
        depth: half of the full path, mm.
    """
    share = np.minimum(distance / rounding, 1)
    chord: Plane = 2 * depth * np.sqrt(share * (2 - share))
    return chord


def _flesh(projection: Projection, exposure: Exposure, rng: np.random.Generator) -> Plane:
    mask = _fill(projection.flesh, exposure.pose)
    if len(projection.flesh) > 1:
        mask = cv2.GaussianBlur(mask, (0, 0), 6)
    distance = _inside(mask, exposure.spacing)
    depth = projection.flesh_depth
    whole = _chord(distance, depth * 0.7, depth)
    muscle = _chord(np.maximum(distance - projection.fat, 0), depth * 0.65, depth - projection.fat)
    path: Plane = FAT * (whole - muscle)
    path += MUSCLE * muscle * (1 + np.float32(0.018) * _clouds(rng, 16))
    return path


def _clouds(rng: np.random.Generator, columns: int) -> Plane:
    """Return slow random variation: `columns` bumps across the film, standard deviation near 1."""
    coarse = rng.standard_normal((columns * ROWS // COLUMNS, columns), dtype=np.float32)
    clouds: Plane = cv2.resize(coarse, (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC)
    return clouds


def _add_bone(
    path: Plane,
    bone: NDArray[Any],
    one: Bone,
    density: float,
    texture: Plane,
    waves: Plane,
    exposure: Exposure,
) -> None:
    """Add a bone's shell and inside to the path, in place of the flesh that was there."""
    pose = after(exposure.pose, one.pose)
    mask = _fill((one.outline,), pose)
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return
    crop = np.s_[top : top + height, left : left + width]
    np.maximum(bone[crop], mask[crop], out=bone[crop])
    distance = _inside(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_REPLICATE), exposure.spacing)
    distance = distance[1:-1, 1:-1][crop]
    heights = _heights(pose, crop)
    depth, rounding, cortex = (
        _along(table, heights) for table in (one.depth, one.rounding, one.cortex)
    )
    outer = _chord(distance, rounding, depth)
    inner = _chord(np.maximum(distance - cortex, 0), rounding - cortex, depth - cortex)
    spongy = np.exp(np.float32(-0.5) * np.maximum(cortex - 1, 0))
    filling = MARROW + (CANCELLOUS * density - MARROW) * spongy
    grain = 1 + one.grain * np.float32(0.065) * texture[crop]
    uneven = np.float32(0.3) / (1 + cortex**2) * waves[crop]
    shell = (outer - inner) * (1 + uneven + np.float32(0.02) * texture[crop])
    path[crop] += CORTICAL * shell - MUSCLE * outer + filling * inner * grain


def _heights(pose: Pose, crop: tuple[slice, slice]) -> Plane:
    """Return the y of the pose's own frame, mm, at each pixel of a crop."""
    inverse = cv2.invertAffineTransform(pose)
    ys, xs = np.ogrid[crop]
    heights: Plane = (inverse[1, 0] * xs + inverse[1, 1] * ys + inverse[1, 2]).astype(np.float32)
    return heights


def _along(table: Points, heights: Plane) -> Plane:
    """Interpolate a (height, value) table, through a fine look-up table for speed."""
    low, high = table[0, 0], table[-1, 0]
    fine = np.interp(np.linspace(low, high, 512), table[:, 0], table[:, 1]).astype(np.float32)
    places = np.clip((heights - low) * (511 / (high - low)), 0, 511).astype(np.int16)
    values: Plane = fine[places]
    return values


def _add_lines(
    path: Plane, bone: NDArray[Any], lines: tuple[Line, ...], exposure: Exposure
) -> None:
    for line in lines:
        if abs(line.amount) < 0.005:
            continue
        sigma = line.width / exposure.spacing / 2
        canvas, crop = _stroke(moved(line.path, exposure.pose), sigma)
        if canvas is None:
            continue
        if line.in_bone:
            canvas = np.where(bone[crop] > 127, canvas, 0)
        path[crop] += line.amount * canvas


def _stroke(corners: Points, sigma: float) -> tuple[Plane | None, tuple[slice, slice]]:
    """Return a soft line of height 1 and the crop of the film that it lies in."""
    margin = 3 * sigma + 2
    low = np.maximum(np.floor(corners.min(0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(corners.max(0) + margin), (COLUMNS, ROWS)).astype(int)
    crop = np.s_[low[1] : high[1], low[0] : high[0]]
    if (high - low < 2).any():
        return None, crop
    canvas = np.full((high[1] - low[1], high[0] - low[0]), 255, np.uint8)
    places = np.round((corners - low) * 16).astype(np.int32)
    cv2.polylines(canvas, [places], False, 0, 1, cv2.LINE_8, shift=4)
    distance: Plane = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.exp(-((distance / np.float32(sigma * 1.4)) ** 2)), crop


def _add_metal(path: Plane, outline: Points, exposure: Exposure) -> None:
    """Add cobalt-chrome or titanium: a few mm stop nearly everything."""
    mask = _fill((outline,), exposure.pose)
    distance = _inside(mask, exposure.spacing)
    path += mask * np.float32(2.6 / 255) + _chord(distance, 4.0, 0.5)


@lru_cache(maxsize=1)
def _texture() -> Plane:
    """Return one large field of trabeculae: fine, criss-crossed, mostly along the load."""
    rng = np.random.default_rng(20)
    size = 1024
    fy = np.fft.fftfreq(size)[:, None]
    fx = np.fft.rfftfreq(size)[None, :]
    noise = np.fft.rfft2(rng.standard_normal((size, size)))
    along = np.exp(-((fy / 0.05) ** 2) - ((np.abs(fx) - 0.16) / 0.12) ** 2)
    across = np.exp(-((fx / 0.06) ** 2) - ((np.abs(fy) - 0.16) / 0.09) ** 2)
    patches = np.exp(-(fx**2 + fy**2) / 0.016**2)
    field = np.fft.irfft2(noise * (along + 0.4 * across + 2.2 * patches), (size, size))
    field /= field.std()
    texture: Plane = field.astype(np.float32)
    return texture


def _texture_on_film(exposure: Exposure, rng: np.random.Generator) -> Plane:
    """Return the texture laid along the leg, at a random place."""
    pose = exposure.pose.copy()
    pose[:, :2] *= 0.30
    pose[:, 2] -= pose[:, :2] @ rng.uniform(0, 1024, 2)
    film: Plane = cv2.warpAffine(
        _texture(), pose, (COLUMNS, ROWS), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    return film
