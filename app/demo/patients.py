"""Who is in the generated archive: patients, their knees, and how each film was taken."""

from dataclasses import dataclass, replace

import numpy as np

from app.demo.anatomy import Anatomy
from app.demo.films import Development
from app.demo.outlines import after, rotate
from app.demo.prostheses import MAKES, Prosthesis
from app.demo.radiography import COLUMNS, ROWS, Exposure

CLASSES = ("normal", "abnormal", "arthroplasty")
SHARES = (0.50, 0.35, 0.15)
VIEWS = ("AP", "LATERAL")
WRONG_REPORTS = 0.02
"""Share of the reports that describe another class than the knee's."""


@dataclass(frozen=True)
class Shot:
    """One film to be taken of a knee."""

    view: str
    flexion: float
    exposure: Exposure
    development: Development
    transfer: str
    """`plain`, `rle` or `jpeg2000`."""


@dataclass(frozen=True)
class Study:
    """One knee on one day: two films and a report."""

    patient: str
    laterality: str
    label: str
    reported: str
    """The class the report speaks of; not always the label."""
    anatomy: Anatomy
    prosthesis: Prosthesis | None
    shots: tuple[Shot, ...]
    report_seed: int

    @property
    def key(self) -> str:
        """The study's name in the manifest."""
        return f"{self.patient}-{self.laterality}"


def studies_of(patients: int, rng: int) -> list[Study]:
    """Return every study of an archive, decided but not yet generated.

    Args:
        patients: how many.
        rng: seed; the same two numbers give the same archive.

    Returns:
        One or two studies for each patient, in order.
    """
    order = np.random.default_rng([rng, patients])
    quota = np.repeat(
        np.arange(3), np.diff(np.round(np.cumsum([0, *SHARES]) * patients).astype(int))
    )
    order.shuffle(quota)
    return [
        study
        for number, first in enumerate(quota)
        for study in _patient(f"DEMO-{number + 1:04d}", int(first), [rng, patients, number])
    ]


def _patient(name: str, first: int, seed: list[int]) -> list[Study]:
    rng = np.random.default_rng(seed)
    person = _person(rng)
    sides = rng.permutation(["L", "R"])[: 2 if rng.random() < 0.4 else 1]
    classes = [first, first if rng.random() < 0.5 else int(rng.choice(3, p=SHARES))]
    return [
        _study(name, str(side), CLASSES[kind], person, rng)
        for side, kind in zip(sides, classes, strict=False)
    ]


def _study(patient: str, side: str, label: str, person: Anatomy, rng: np.random.Generator) -> Study:
    anatomy = _knee(person, _severity(label, rng), rng)
    others = [name for name in CLASSES if name != label]
    wrong = rng.random() < WRONG_REPORTS
    prosthesis = _prosthesis(rng) if label == "arthroplasty" else None
    scale = rng.uniform(0.92, 1.1)
    return Study(
        patient=patient,
        laterality=side,
        label=label,
        reported=str(rng.choice(others, p=_confusion(label))) if wrong else label,
        anatomy=anatomy,
        prosthesis=prosthesis,
        shots=tuple(_shot(view, side, scale, rng) for view in VIEWS),
        report_seed=int(rng.integers(2**31)),
    )


def _confusion(label: str) -> tuple[float, float]:
    """Return how wrong reports fall on the other two classes: a prosthesis is rarely missed."""
    return {"normal": (0.9, 0.1), "abnormal": (0.85, 0.15), "arthroplasty": (0.3, 0.7)}[label]


def _person(rng: np.random.Generator) -> Anatomy:
    """Return a patient's healthy knee: what both sides share."""
    space = rng.normal(4.9, 0.55)
    return Anatomy(
        medial_space=space,
        lateral_space=space + rng.normal(0.4, 0.3),
        spurs=np.zeros(5),
        sclerosis=0.0,
        effusion=0.0,
        density=rng.uniform(0.82, 1.15),
        fat=rng.gamma(4.0, 2.2) + 2,
        build=rng.normal(1.0, 0.06),
        turned=0.0,
        fabella=rng.random() < 0.2,
        wobble=rng.normal(0, 0.55, (5, 2)),
    )


def _severity(label: str, rng: np.random.Generator) -> float:
    """Return how worn the knee is, 0 to 1: mild disease and an ageing normal knee overlap."""
    if label == "normal":
        return float(np.clip(rng.normal(0.06, 0.075), 0, 0.35))
    return float(0.13 + 0.87 * rng.beta(1.4, 1.5))


def _knee(person: Anatomy, severity: float, rng: np.random.Generator) -> Anatomy:
    """Return the person's knee worn to a severity; each finding follows it loosely."""
    loose = np.clip(severity * rng.lognormal(0.0, 0.38, 9) + rng.normal(0, 0.03, 9), 0, 1.2)
    inner = rng.random() < 0.75
    worn, spared = 4.2 * loose[0], 0.7 * loose[1]
    spaces = rng.normal((person.medial_space, person.lateral_space), 0.3)
    spaces -= (worn, spared) if inner else (spared, worn)
    lips = np.clip(6.0 * loose[2:7] * rng.uniform(0.4, 1.2, 5) - 0.5, 0, 5.5)
    return replace(
        person,
        medial_space=float(max(spaces[0], 0.3)),
        lateral_space=float(max(spaces[1], 0.3)),
        spurs=lips,
        sclerosis=float(min(loose[7] ** 1.25, 0.9)),
        effusion=float(loose[8] * rng.random()),
        turned=rng.normal(0, 2.5),
        wobble=person.wobble + rng.normal(0, 0.2, (5, 2)),
    )


def _prosthesis(rng: np.random.Generator) -> Prosthesis:
    make = str(rng.choice(MAKES, p=(0.34, 0.24, 0.16, 0.1, 0.16)))
    return Prosthesis(make, gap=rng.uniform(7.5, 12), size=rng.uniform(0.94, 1.06))


def _shot(view: str, side: str, scale: float, rng: np.random.Generator) -> Shot:
    spacing = float(rng.choice([0.29, 0.30, 0.315]))
    outwards = 1 if side == "L" else -1
    across = outwards if view == "AP" else int(rng.choice([-1, 1]))
    zoom = scale / spacing
    middle = (COLUMNS / 2 - across * (12 if view == "LATERAL" else 0), ROWS * 0.53)
    at = np.asarray(middle) + rng.normal(0, (13, 22))
    fit = np.array([[across * zoom, 0, at[0]], [0, zoom, at[1]]])
    exposure = Exposure(
        pose=after(fit, rotate(float(rng.normal(0, 0.055)))),
        spacing=spacing,
        photons=float(np.exp(rng.uniform(np.log(2500), np.log(14000)))),
        scatter=rng.uniform(0.04, 0.16),
        blur=rng.uniform(0.5, 1.0),
        seed=int(rng.integers(2**31)),
    )
    return Shot(
        view=view,
        flexion=float(np.radians(rng.uniform(15, 50))),
        exposure=exposure,
        development=_development(side, across, rng),
        transfer=str(rng.choice(["plain", "rle", "jpeg2000"], p=(0.8, 0.1, 0.1))),
    )


def _development(side: str, outwards: int, rng: np.random.Generator) -> Development:
    collimated = rng.random() < 0.7
    edge = rng.integers(0, (70, 60, 70, 60)) * collimated
    shutter = (int(edge[0]), int(edge[1]), COLUMNS - int(edge[2]), ROWS - int(edge[3]))
    inset = int(rng.integers(2, 30))
    x = shutter[2] - 72 - inset if outwards > 0 else shutter[0] + inset
    high = rng.random() < 0.7
    y = shutter[1] + int(rng.integers(4, 120)) if high else shutter[3] - int(rng.integers(90, 200))
    return Development(
        bits=int(rng.choice([10, 12], p=(0.3, 0.7))),
        inverted=bool(rng.random() < 0.3),
        compression=rng.uniform(0.2, 0.5),
        sharpening=rng.uniform(0.1, 0.7),
        brightness=rng.normal(0, 0.14),
        latitude=float(np.exp(rng.normal(np.log(2.1), 0.12))),
        shutter=shutter,
        soft_edge=float(rng.choice([0.0, 1.5, 3.0])),
        marker=side if rng.random() < 0.94 else "",
        marker_at=(x, y),
        marker_angle=float(rng.normal(0, 6)),
    )
