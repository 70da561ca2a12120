"""Geometry of the report's figures: numbers in, SVG coordinates out; the template draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from app.evaluation.report import Figure, Judgement
from app.statistics.calibration import ReliabilityBin

SIDE = 240.0
"""Side of a square plot, in SVG units."""
FOREST_WIDTH = 400.0
ROW = 64.0
"""Height of one class in the forest plot: two models and air."""
HEAT_STEPS = 10

Interval = tuple[float, float, float]
"""A value, its lower and its upper limit."""


@dataclass(frozen=True)
class Mark:
    """A point with its interval."""

    x: float
    y: float
    low: float
    high: float
    n: int = 0


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Forest:
    """AUCs of all classes and WAUC on one scale."""

    rows: list[tuple[str, float, dict[str, Mark]]]
    """Name, middle height, and each model's mark."""
    ticks: list[Tick]
    height: float


def forest(report: Judgement) -> Forest:
    """Lay out every AUC with its interval, WAUC last.

    Args:
        report: of an evaluation, or of any two classifiers.
    """
    figures = {name: _aucs(report, name) for name in report.classes}
    figures["WAUC"] = {model: each.wauc for model, each in report.models.items()}
    shown = {name: _intervals(both) for name, both in figures.items()}
    shown = {name: both for name, both in shown.items() if len(both) == len(report.models)}
    lowest = min((low for both in shown.values() for _, low, _ in both.values()), default=0.5)
    left = min(0.95, floor(lowest * 20 - 1e-9) / 20)
    rows = [
        (name, place * ROW + ROW / 2, _marks(both, left, place * ROW + ROW / 2))
        for place, (name, both) in enumerate(shown.items())
    ]
    step = 0.1 if 1 - left > 0.3 else 0.05 if 1 - left > 0.1 else 0.01
    ticks = [Tick(_across(t, left), f"{t:.2f}") for t in _steps(left, step)]
    return Forest(rows, ticks, len(rows) * ROW)


def polyline(points: Sequence[Sequence[float]]) -> str:
    """Return a ROC curve as the `points` of an SVG polyline in a square plot.

    Args:
        points: (1 - specificity, sensitivity), each 0 to 1.
    """
    return " ".join(f"{x * SIDE:.2f},{(1 - y) * SIDE:.2f}" for x, y in points)


def reliability(bins: Sequence[ReliabilityBin]) -> list[Mark]:
    """Return the reliability bins as marks in a square plot.

    Args:
        bins: of an evaluation report.
    """
    return [
        Mark(
            x=b.confidence * SIDE,
            y=(1 - b.accuracy) * SIDE,
            low=(1 - b.ci[0]) * SIDE,
            high=(1 - b.ci[1]) * SIDE,
            n=b.n,
        )
        for b in bins
    ]


def heat(row: Sequence[int], count: int) -> int:
    """Return how dark a cell of the confusion matrix is, 0 to 10, by its share of the row."""
    total = sum(row)
    return ceil(HEAT_STEPS * count / total) if total else 0


def _aucs(report: Judgement, name: str) -> dict[str, Figure]:
    return {model: figures.auc[name] for model, figures in report.models.items()}


def _intervals(figures: Mapping[str, Figure]) -> dict[str, Interval]:
    """Value and limits of the figures that exist, by model."""
    return {
        model: (figure.value, *figure.ci)
        for model, figure in figures.items()
        if figure.value is not None and figure.ci is not None
    }


def _marks(both: Mapping[str, Interval], left: float, middle: float) -> dict[str, Mark]:
    return {
        model: Mark(
            x=_across(value, left),
            y=middle + (-9 if model == "baseline" else 9),
            low=_across(low, left),
            high=_across(high, left),
        )
        for model, (value, low, high) in both.items()
    }


def _across(value: float, left: float) -> float:
    return (value - left) / (1 - left) * FOREST_WIDTH


def _steps(left: float, step: float) -> list[float]:
    first = ceil(left / step - 1e-9)
    return [i * step for i in range(first, round(1 / step) + 1)]
