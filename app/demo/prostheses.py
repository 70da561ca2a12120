"""Knee replacements: metal outlines in millimetres, put into a projection in place of the joint."""

from dataclasses import dataclass, replace

import numpy as np

from app.demo.anatomy import Bone, Projection
from app.demo.lateral import lateral_poses
from app.demo.outlines import Points, Pose, moved, points, shifted, smooth

MAKES = ("keeled", "stemmed", "pegged", "revision", "unicompartmental")


@dataclass(frozen=True)
class Prosthesis:
    """A knee replacement.

    Attributes:
        make: one of `MAKES`.
        gap: thickness of the polyethylene, which the beam hardly sees, mm.
        size: 1 is average.
    """

    make: str
    gap: float
    size: float


CAP_FRONT = points("""
    -35,-21 -36.5,-11 -33.5,-2 -24,1.2 -13.5,-0.2 -8.4,-5 -7,-15 7,-15 8.4,-5 13.5,-0.2 24,1.2
    33.5,-2 36.5,-11 35,-21 29,-30 17,-37.5 6,-39.5 -6,-39.5 -17,-37.5 -29,-30""")
BOXED_FRONT = points("""
    -34,-19 -36,-10 -33,-1.5 -24,1 -13,-0.4 -9.6,-3.6 -8.6,-6 8.6,-6 9.6,-3.6 13,-0.4 24,1 33,-1.5
    36,-10 34,-19 30,-27 24,-33 14,-35.5 -14,-35.5 -24,-33 -30,-27""")
CAP_SIDE = points("""
    31,-47 33,-34 31.6,-19 24,-7 11,-0.6 -3,0.4 -17,-2.6 -28,-10 -34,-21 -33,-33 -29.4,-34 -27,-27
    -26,-18 -17,-9 14,-9 25,-20 28.4,-34 29,-46""")
HALF_FRONT = points("-35,-16 -36,-8 -32,-0.8 -24,1.4 -15.5,0 -13,-7 -14,-17 -19,-23 -29,-23")
HALF_SIDE = points("""
    22,-8 12,-1 -2,0.6 -16,-2.4 -27,-9.6 -33.4,-20 -33,-31 -29,-31 -28,-22 -22,-12 -12,-6.6 0,-4.4
    11,-5.6 20,-11""")


def with_prosthesis(
    projection: Projection, prosthesis: Prosthesis, view: str, flexion: float
) -> Projection:
    """Return the projection with the joint cut away and the metal in its place.

    Args:
        projection: of the knee as it was.
        prosthesis: what was put in.
        view: `AP` or `LATERAL`.
        flexion: of the knee in the lateral view, radians.
    """
    half = prosthesis.make == "unicompartmental"
    above, below = _frontal_metal(prosthesis) if view == "AP" else _lateral_metal(prosthesis)
    if view == "AP":
        metal = (*above, *below)
        bones = projection.bones if half else _cut(projection.bones, prosthesis.gap)
    else:
        thigh, shin = lateral_poses(flexion)
        metal = (*_all(above, thigh), *_all(below, shin))
        bones = projection.bones if half else _cut(projection.bones, prosthesis.gap, side=True)
    lines = projection.lines if half else tuple(x for x in projection.lines if not x.in_bone)
    return replace(projection, bones=bones, lines=lines, metal=metal)


def _all(outlines: tuple[Points, ...], pose: Pose) -> tuple[Points, ...]:
    return tuple(moved(outline, pose) for outline in outlines)


def _cut(bones: tuple[Bone, ...], gap: float, side: bool = False) -> tuple[Bone, ...]:
    """Saw off the joint surfaces of femur and tibia (and the second condyle from the side)."""
    femur, *others = bones
    shin = others[1] if side else others[0]
    tops = [
        replace(femur, outline=np.minimum(femur.outline, (np.inf, -6.0))),
        replace(shin, outline=np.maximum(shin.outline, (-np.inf, gap + 1.5))),
    ]
    return (*tops, *(others[2:] if side else others[1:]))


def _frontal_metal(made: Prosthesis) -> tuple[tuple[Points, ...], tuple[Points, ...]]:
    top = made.gap
    if made.make == "unicompartmental":
        tray = _box(-37, -11, top * 0.6 + 1, 3.4)
        return (smooth(HALF_FRONT),), (tray, _box(-25, -21, top * 0.6 + 4, 9))
    cap = CAP_FRONT if made.make in ("keeled", "pegged") else BOXED_FRONT
    size = (made.size, 1.0)
    above = [smooth(cap) * size]
    below = [_box(-37, 37, top, 4.2) * size]
    if made.make == "revision":
        above.append(_rod(0.0, -34, -145, 6.2))
    below += [shifted(part, 0, top + 4) for part in _fixation(made.make)]
    return tuple(above), tuple(below)


def _fixation(make: str) -> list[Points]:
    """Return what holds the tray, from the front, below y = 0."""
    if make == "keeled":
        return [points("-24,0 24,0 9,14 6.5,20 5,40 0,44 -5,40 -6.5,20 -9,14")]
    if make == "pegged":
        return [_box(x - 2.6, x + 2.6, 0, 13) for x in (-24, -11, 11, 24)]
    if make == "revision":
        return [points("-12,0 12,0 8,22 7,24 -7,24 -8,22"), _rod(0.0, 20, 115, 5.4)]
    return [points("-11,0 11,0 8,10 -8,10"), _rod(0.0, 4, 46, 6.6)]


def _lateral_metal(made: Prosthesis) -> tuple[tuple[Points, ...], tuple[Points, ...]]:
    top = made.gap
    if made.make == "unicompartmental":
        tray = _box(-24, 20, top * 0.6 + 1, 3.4)
        return (smooth(HALF_SIDE), _box(-1, 3, -18, 14)), (tray, _box(-12, 8, top * 0.6 + 4, 8))
    above = [smooth(CAP_SIDE, steps=4) * (made.size, 1.0), _box(-3, 3, -22, 14)]
    below = [_box(-26, 23, top, 4.2) * (made.size, 1.0)]
    if made.make == "revision":
        above.append(_rod(5.5, -10, -145, 6.2))
        below.append(_rod(-1.0, top, top + 115, 5.4))
    elif made.make == "pegged":
        below += [_box(x - 2.6, x + 2.6, top + 4, 13) for x in (-12, 8)]
    else:
        length = 42 if made.make == "keeled" else 48
        below.append(_rod(-2.0, top, top + length, 6.5))
        below.append(shifted(points("-16,0 8,0 2,16 -8,16"), 0, top + 4))
    return tuple(above), tuple(below)


def _box(left: float, right: float, top: float, height: float) -> Points:
    bottom = top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _rod(x: float, start: float, end: float, radius: float) -> Points:
    """Return a stem with a tapered, rounded tip."""
    tip = np.sign(end - start) * radius
    half = [(-radius, start), (-radius * 0.85, end - tip), (-radius * 0.5, end - 0.3 * tip)]
    mirrored = [(-a, b) for a, b in reversed(half)]
    return shifted(np.array([*half, (0.0, end), *mirrored]), x, 0)
