"""The knee from the side (lateral view), a little bent: x points to the front, y to the foot."""

from dataclasses import replace

import numpy as np

from app.demo.anatomy import UPRIGHT, Anatomy, Bone, Line, Projection, flesh, individual
from app.demo.outlines import Pose, after, moved, points, rotate, rows, shifted, smooth, spur

FEMUR_SIDE = points("""
    19,-160 19.5,-95 21,-66 25,-50 30,-40 32,-30 30,-18 24,-8.5 13,-1.8 0,0 -14,-2.4 -25,-9
    -32,-19 -34,-29 -30.5,-37.5 -23,-41 -15,-47 -10,-61 -7.5,-85 -7,-160""")
CONDYLE_SIDE = points("""
    27,-40 30,-27 27,-13 18,-3.6 4,1.6 -12,0.2 -25,-7 -33,-18 -35.5,-29 -31,-39 -22,-43 -6,-50
    12,-50""")
TIBIA_SIDE = points("""
    25.4,6.4 23.6,2.6 18,0.6 9,0.2 4.5,-5.4 1,-6.6 -3,-3.6 -6.5,-0.2 -15,1.6 -22.5,3.4 -27,7
    -27.6,12.5 -24.6,20 -19,30 -15,46 -12.5,80 -12,160 14.5,160 15,90 17,58 20,46 24.5,38 24.6,31
    22,25 23.4,14""")
FIBULA_SIDE = points("""
    -19,12 -13.4,18 -12.4,27 -15.4,42 -17.4,70 -18,160 -27,160 -26.6,70 -26.4,46 -28,30
    -28,20 -24.4,14""")
PATELLA_SIDE = points("""
    38,-46 46,-46.6 51.4,-38 52.6,-26 50,-14 44.6,-4.6 41,-8 38.6,-16 36.6,-26 36.4,-38""")
THIGH_SIDE = points("""
    52,-165 50,-110 52,-75 58,-50 63,-30 60,-8 48,10 20,18 -18,18 -42,2 -52,-26 -60,-60
    -70,-110 -76,-165""")
CALF_SIDE = points("""
    44,-30 56,-20 52,4 43,24 37,42 31,70 28,110 27,165 -52,165 -60,120 -64,84 -60,48 -50,18
    -44,-6 -20,-30""")


def lateral(knee: Anatomy, flexion: float) -> Projection:
    """Return what the beam meets from side to side (lateral view), the knee a little bent."""
    thigh, shin = lateral_poses(flexion)
    space = (knee.medial_space + knee.lateral_space) / 2 + 1.2
    femur = smooth(FEMUR_SIDE + 0.7 * individual(FEMUR_SIDE, knee))
    tibia = shifted(smooth(TIBIA_SIDE + 0.7 * individual(TIBIA_SIDE, knee)), 0, space)
    tibia = spur(tibia, (25.5, space + 4), (1.0, -0.35), 0.6 * max(knee.spurs[2:4]))
    tibia = spur(tibia, (-28.0, space + 6), (-1.0, -0.3), 0.8 * max(knee.spurs[2:4]))
    femur = spur(femur, (-33, -33), (-0.6, -0.8), 0.5 * max(knee.spurs[:2]))
    patella = smooth(PATELLA_SIDE)
    patella = spur(patella, (38, -46), (-0.35, -1.0), knee.spurs[4])
    patella = spur(patella, (42, -5), (-0.5, 0.9), knee.spurs[4])
    second = shifted(smooth(CONDYLE_SIDE) + 1.6 * knee.wobble[0], 0, 0.4)
    glide = after(thigh, rotate(0.75 * flexion, (3, -25), shift=(-5.0, 0.0)))
    bones = [
        Bone(
            femur,
            thigh,
            depth=rows("-160:13.5 -75:15 -48:24 -25:30 0:26"),
            rounding=rows("-160:13 -80:14 -50:16 -25:16 0:14"),
            cortex=rows("-160:6 -90:5 -65:3 -45:1.4 0:0.9"),
        ),
        Bone(
            second,
            thigh,
            depth=rows("-50:9 0:11"),
            rounding=rows("-50:15 0:13"),
            cortex=rows("-50:0.7 0:0.9"),
            grain=0.4,
        ),
        Bone(
            tibia,
            shin,
            depth=rows("-7:8 0:26 10:34 25:27 50:17 160:13"),
            rounding=rows("-7:4 3:4 12:8 30:13 60:14 160:13"),
            cortex=rows("-7:0.8 8:0.9 25:1.4 45:3 80:5.4 160:6"),
        ),
        Bone(
            shifted(smooth(FIBULA_SIDE), 0, space),
            shin,
            depth=rows("10:8 30:8 60:5.5 160:5.5"),
            rounding=rows("10:7 30:7 60:4.5 160:4.5"),
            cortex=rows("10:0.8 30:1.1 60:2.4 160:2.8"),
        ),
        Bone(
            patella,
            glide,
            depth=rows("-46:16 -25:22 -5:12"),
            rounding=rows("-46:7 -5:7"),
            cortex=rows("-46:1.2 -5:1.2"),
        ),
    ]
    if knee.fabella:
        bones.append(replace(_sesamoid(), pose=thigh))
    return Projection(
        flesh=(
            moved(flesh(THIGH_SIDE, knee), thigh),
            moved(flesh(CALF_SIDE, knee), shin),
        ),
        fat=knee.fat * 0.8,
        flesh_depth=58 * knee.build,
        bones=tuple(bones),
        lines=(*_lateral_lines(knee, thigh, shin, glide), *_in(shin, (_sclerosis(knee, space),))),
    )


def lateral_poses(flexion: float) -> tuple[Pose, Pose]:
    """Return the poses of thigh and shin for a knee bent by an angle, radians."""
    axis = (0.0, -22.0)
    return rotate(-flexion / 2, axis), rotate(flexion / 2, axis)


def _sesamoid() -> Bone:
    ring = smooth(points("-42,-26 -39,-29 -36.6,-26 -37,-22 -40,-20 -42.4,-22.6"))
    flat = rows("-30:4 -20:4")
    return Bone(ring, UPRIGHT, depth=flat, rounding=flat, cortex=rows("-30:0.8 -20:0.8"))


def _sclerosis(knee: Anatomy, space: float) -> Line:
    """Return the dense bone under the worn plateau."""
    plate = shifted(points("-22,4 0,3.4 18,3.6"), 0, space)
    return Line(plate, 5.0, 0.5 * knee.sclerosis, in_bone=True)


def _lateral_lines(knee: Anatomy, thigh: Pose, shin: Pose, glide: Pose) -> tuple[Line, ...]:
    roof = Line(smooth(points("-20,-33 -8,-25 6,-15"), closed=False), 1.4, 0.22, in_bone=True)
    plates = tuple(
        Line(shifted(smooth(points(path), closed=False), 0, space), 1.3, 0.12, in_bone=True)
        for path, space in (
            ("-25,4 -14,2.6 8,2 22,2.4", knee.medial_space),
            ("-23,2.4 -12,1.2 6,1.4 21,3.2", knee.lateral_space),
        )
    )
    tendon = np.vstack([moved(points("47,-4"), glide), moved(points("38,14 25,34"), shin)])
    quadriceps = np.vstack(
        [moved(points("44,-150 42,-100 42,-70"), thigh), moved(points("44,-48"), glide)]
    )
    hoffa = np.vstack([moved(points("35,-8"), glide), moved(points("31,8 24,20"), shin)])
    pouch = moved(points("30,-50 30,-66 27,-84"), thigh)
    return (
        *_in(thigh, (roof,)),
        *_in(shin, plates),
        Line(smooth(tendon, closed=False), 5.0, 0.2),
        Line(smooth(quadriceps, closed=False), 7.0, 0.16),
        Line(smooth(hoffa, closed=False), 11.0, -0.24),
        Line(pouch, 7.0, -0.12),
        Line(pouch, 8.0 + 5 * knee.effusion, 0.34 * knee.effusion),
    )


def _in(pose: Pose, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(replace(line, path=moved(line.path, pose)) for line in lines)
