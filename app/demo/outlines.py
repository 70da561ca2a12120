"""Curves through points, in millimetres: what the outlines of bones and prostheses are made of."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(n, 2) positions in mm, or (n, 2) pairs of a height and a value."""

Pose = NDArray[np.float64]
"""(2, 3) affine map from one frame to another."""


def points(text: str) -> Points:
    """Return the positions written as `x,y x,y ...`.

    Returns:
        (n, 2) array, mm.
    """
    return np.array([[float(v) for v in pair.split(",")] for pair in text.split()])


def rows(text: str) -> Points:
    """Return a table written as `y:value y:value ...`, to be interpolated along the bone.

    Returns:
        (n, 2) array of heights and values, mm.
    """
    return points(text.replace(":", ","))


def smooth(corners: Points, *, closed: bool = True, steps: int = 8) -> Points:
    """Return a uniform Catmull-Rom spline through the corners.

    Args:
        corners: (n, 2) mm.
        closed: whether the last corner joins the first.
        steps: points put on each piece.

    Returns:
        (m, 2) array, mm.

    Source: Catmull and Rom, A class of local interpolating splines, 1974.
    """
    if closed:
        before, start = np.roll(corners, 1, 0), corners
        end, after = np.roll(corners, -1, 0), np.roll(corners, -2, 0)
    else:
        padded = np.vstack([2 * corners[0] - corners[1], corners, 2 * corners[-1] - corners[-2]])
        before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (p[:, None, :] for p in (before, start, end, after))
    curve = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return np.asarray(curve.reshape(-1, 2))


def spur(
    outline: Points, at: tuple[float, float], towards: tuple[float, float], length: float
) -> Points:
    """Return the outline with a pointed lip drawn out of it, as an osteophyte grows.

    Args:
        outline: (n, 2) mm.
        at: where it sits, mm.
        towards: its direction.
        length: mm; 0 leaves the outline as it is.
    """
    distance = np.linalg.norm(outline - np.asarray(at), axis=1)
    reach = np.exp(-((distance / (1.8 + 0.3 * length)) ** 2))
    return outline + length * reach[:, None] * (np.asarray(towards) / np.linalg.norm(towards))


def rotate(
    angle: float, about: tuple[float, float] = (0.0, 0.0), shift: tuple[float, float] = (0.0, 0.0)
) -> Pose:
    """Return the pose that rotates by an angle (radians) about a point, then shifts (mm)."""
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.asarray(about)
    return np.column_stack([rotation, centre - rotation @ centre + np.asarray(shift)])


def moved(positions: Points, pose: Pose) -> Points:
    """Return the positions carried from a pose's own frame to the frame around it."""
    return np.asarray(positions @ pose[:, :2].T + pose[:, 2])


def shifted(positions: Points, right: float, down: float) -> Points:
    """Return the positions moved by so many mm along x and y."""
    return positions + np.array([right, down])


def after(outer: Pose, inner: Pose) -> Pose:
    """Return the pose that applies `inner`, then `outer`."""
    return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])
