"""What a generated knee is made of, and what the beam meets of it in one view.

The origin is the middle of the joint and y points to the foot. In the frontal view x points away
from the body's midline (lateral), in the lateral view to the front.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.outlines import Points, Pose, rotate, smooth


@dataclass(frozen=True, eq=False)
class Anatomy:
    """One knee: what a radiologist would measure on it.

    Attributes:
        medial_space: joint space on the inner side, mm.
        lateral_space: joint space on the outer side, mm.
        spurs: (5,) length of the osteophytes, mm: femur medial, femur lateral, tibia medial,
            tibia lateral, patella.
        sclerosis: extra attenuation under the narrower compartment, 0 to 1.
        effusion: fluid above the patella, 0 to 1.
        density: of the cancellous bone, 1 is average.
        fat: thickness of the fat under the skin, mm.
        build: width of the soft tissue, 1 is average.
        turned: rotation of the leg in the frontal view, as millimetres the patella moves.
        fabella: whether the sesamoid bone behind the knee is there.
        wobble: (5, 2) small shifts, mm, that make outlines individual.
    """

    medial_space: float
    lateral_space: float
    spurs: NDArray[np.float64]
    sclerosis: float
    effusion: float
    density: float
    fat: float
    build: float
    turned: float
    fabella: bool
    wobble: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bone:
    """A bone in one view, with how it would look cut across at each height.

    Attributes:
        outline: (n, 2) mm, in the bone's own frame.
        pose: from the bone's own frame to the knee's.
        depth: half of its extent along the beam, mm, at each y.
        rounding: how far from the edge the full depth is reached, mm, at each y.
        cortex: thickness of the dense shell, mm, at each y.
        grain: contrast of the trabecular texture, 1 is average.
    """

    outline: Points
    pose: Pose
    depth: Points
    rounding: Points
    cortex: Points
    grain: float = 1.0


@dataclass(frozen=True, eq=False)
class Line:
    """A surface seen on edge, or a sheet of tissue: a soft line of attenuation.

    Attributes:
        path: (n, 2) mm, in the frame of the knee.
        width: mm.
        amount: attenuation it adds; negative where it is fat.
        in_bone: whether only the part that lies in bone shows.
    """

    path: Points
    width: float
    amount: float
    in_bone: bool = False


@dataclass(frozen=True, eq=False)
class Projection:
    """Everything the beam meets in one view: flesh, bones, lines, and metal outlines."""

    flesh: tuple[Points, ...]
    fat: float
    flesh_depth: float
    bones: tuple[Bone, ...]
    lines: tuple[Line, ...]
    metal: tuple[Points, ...] = ()


UPRIGHT = rotate(0.0)
"""The pose of what is not bent."""


def individual(outline: Points, knee: Anatomy) -> Points:
    """Return a slow wave round an outline, so that no two bones are congruent."""
    turns = np.linspace(0, 2 * np.pi, len(outline), endpoint=False)
    waves = np.stack([np.sin((k + 1) * turns + k) for k in range(len(knee.wobble))], axis=1)
    shift: Points = waves @ knee.wobble
    return shift


def flesh(outline: Points, knee: Anatomy) -> Points:
    """Return the skin: the average outline made wider or narrower."""
    return smooth(outline * (knee.build, 1.0) + individual(outline, knee) * 1.5)
