"""The knee from the front (AP view): x points away from the body's midline, y to the foot."""

import numpy as np

from app.demo.anatomy import UPRIGHT, Anatomy, Bone, Line, Projection, flesh, individual
from app.demo.outlines import Points, points, rows, shifted, smooth, spur

FEMUR_FRONT = points("""
    13,-150 13.5,-100 15,-80 19,-63 27,-49 36,-37 40,-28 39.5,-21 38.5,-15 39,-8 35.5,-1.5 25,0.6
    15,-0.6 9,-5 5,-9.5 0,-11 -5,-9.5 -9,-4.5 -14,0 -24,1.4 -34,-0.6 -39,-6.5 -39.5,-14 -42,-24
    -41.5,-31 -37,-40 -29,-53 -20.5,-67 -16,-84 -14,-102 -14,-150""")
TIBIA_FRONT = points("""
    -38.5,3 -34,0.2 -24,1.3 -14.5,0.4 -9.5,-2.6 -5.8,-7.9 -3.4,-7.2 0,-4.8 3.4,-4.9 6.2,-6.3
    9.5,-2.6 14.5,0.2 24,0.1 34,0.2 38.5,2.6 39.5,7 38,13 34,20 28,29 22.5,41 18.5,58 16,90 15,160
    -14,160 -14.6,90 -17,64 -21,46 -26.5,32 -33,21 -38,13.5 -39.8,8""")
FIBULA_FRONT = points("""
    41.5,11.5 46,15 47.6,22 45,32 40.5,46 38.5,78 38,160 29,160 29.5,78 31,52 33.4,36 33.6,24
    36.5,16""")
PATELLA_FRONT = points("""
    -17,-55 -6,-59.5 7,-60 18,-54 22,-45 19.5,-34 11,-23.5 1,-18 -7,-22.5 -16,-33 -20,-44""")
THIGH_FRONT = points("""
    74,-160 66,-90 59,-50 56,-20 56,10 60,45 62,80 58,160 -50,160 -58,90 -60,50 -56,15 -55,-10
    -59,-40 -66,-80 -76,-160""")


def frontal(knee: Anatomy) -> Projection:
    """Return what the beam meets from front to back (AP view)."""
    tibia = _plateau(smooth(TIBIA_FRONT + 0.7 * individual(TIBIA_FRONT, knee)), knee)
    spurs = knee.spurs
    femur = _valgus(smooth(FEMUR_FRONT + individual(FEMUR_FRONT, knee)))
    femur = spur(femur, (-40.5, -7.0), (-1.0, 0.15), spurs[0])
    femur = spur(femur, (39.5, -7.5), (1.0, 0.15), spurs[1])
    tibia = spur(tibia, (-39.5, knee.medial_space + 4), (-1.0, -0.25), spurs[2])
    tibia = spur(tibia, (39.5, knee.lateral_space + 4), (1.0, -0.25), spurs[3])
    patella = shifted(smooth(PATELLA_FRONT), knee.turned, 6 * knee.wobble[1, 1])
    fibula = shifted(smooth(FIBULA_FRONT), -0.5 * knee.turned, knee.lateral_space)
    return Projection(
        flesh=(flesh(THIGH_FRONT, knee),),
        fat=knee.fat,
        flesh_depth=58 * knee.build,
        bones=(
            Bone(
                femur,
                UPRIGHT,
                depth=rows("-150:13.5 -75:15 -45:23 -25:29 0:29"),
                rounding=rows("-150:13.5 -80:15 -50:17 -25:13 0:11"),
                cortex=rows("-150:6 -95:5.4 -70:3.4 -48:1.7 -25:1.1 0:1.0"),
            ),
            Bone(
                tibia,
                UPRIGHT,
                depth=rows("-8:10 0:18 8:23 25:20 50:16 90:14 160:13"),
                rounding=rows("-8:4 2:3.5 10:7 25:12 50:15 160:13"),
                cortex=rows("-8:0.9 8:0.9 22:1.3 38:2.6 60:4.6 160:6"),
            ),
            Bone(
                fibula,
                UPRIGHT,
                depth=rows("10:8 25:9 50:6 160:6"),
                rounding=rows("10:7 25:7 50:4.5 160:4.5"),
                cortex=rows("10:0.9 30:1.1 50:2.2 160:2.8"),
            ),
            Bone(
                patella,
                UPRIGHT,
                depth=rows("-60:7.5 -18:6.5"),
                rounding=rows("-60:19 -18:19"),
                cortex=rows("-60:0.7 -18:0.7"),
            ),
        ),
        lines=(*_frontal_lines(knee), *_sclerosis(knee)),
    )


def _valgus(femur: Points) -> Points:
    """Lean the shaft outwards above the condyles, as a thigh does."""
    lean = 0.09 * np.maximum(-35 - femur[:, 1], 0)
    return np.column_stack([femur[:, 0] + lean, femur[:, 1]])


def _plateau(tibia: Points, knee: Anatomy) -> Points:
    """Lower the tibia to leave the two joint spaces, tilting the plateau between them."""
    lateral = 1 / (1 + np.exp(-tibia[:, 0] / 7))
    drop = knee.medial_space + (knee.lateral_space - knee.medial_space) * lateral
    return np.column_stack([tibia[:, 0], tibia[:, 1] + drop])


def _frontal_lines(knee: Anatomy) -> tuple[Line, ...]:
    medial, lateral = knee.medial_space, knee.lateral_space
    notch = smooth(points("-10,-3 -11.5,-13 -8.5,-22 0,-25.5 8.5,-22 11,-13 9.5,-3"), closed=False)
    rims = [
        shifted(points("-37,4.6 -24,3.8 -12,2.2"), 0, medial),
        shifted(points("12,2.4 24,3.6 37,4.4"), 0, lateral),
    ]
    plates = [
        shifted(points("-37,1.6 -24,1.9 -12.5,0.9"), 0, medial),
        shifted(points("12.5,0.9 24,0.9 37,1.5"), 0, lateral),
    ]
    scar = shifted(points("-33,17 -20,21 -4,18 12,21 30,16"), 0, (medial + lateral) / 2)
    femoral_scar = points("-36,-33 -22,-27 -8,-31 8,-28 22,-31 34,-28")
    planes = [
        points("48,-150 44,-80 46,-40 48,-5"),
        points("-52,-150 -48,-90 -47,-50 -48,-10"),
        points("28,-150 31,-95 38,-60 47,-38"),
        points("50,20 46,50 47,90 44,160"),
        points("-46,30 -44,70 -40,110 -38,160"),
    ]
    return (
        Line(notch, 1.3, 0.2, in_bone=True),
        *(Line(smooth(rim, closed=False), 1.2, 0.16, in_bone=True) for rim in rims),
        *(Line(smooth(plate, closed=False), 1.5, 0.16, in_bone=True) for plate in plates),
        Line(smooth(scar, closed=False), 1.3, 0.09, in_bone=True),
        Line(smooth(femoral_scar, closed=False), 1.3, 0.08, in_bone=True),
        *(Line(smooth(plane, closed=False), 2.6, -0.06) for plane in planes),
    )


def _sclerosis(knee: Anatomy) -> tuple[Line, ...]:
    """Return the dense bone under a worn joint surface, on its narrower side."""
    medial = knee.medial_space <= knee.lateral_space
    sign, space = (-1, knee.medial_space) if medial else (1, knee.lateral_space)
    plate = shifted(points("12,3.2 22,3.8 35,4") * (sign, 1), 0, space)
    condyle = points("14,-2.6 24,-1.8 35,-3.6") * (sign, 1)
    return (
        Line(plate, 5.5, 0.9 * knee.sclerosis, in_bone=True),
        Line(condyle, 4.0, 0.4 * knee.sclerosis, in_bone=True),
    )
