"""How a model version's loss fell while it learned, as figures and as a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from pydantic import BaseModel, Field, model_validator

from app.db.learning import ModelVersion
from app.formats import count, decimal

WIDTH, HEIGHT = 400.0, 180.0
"""Of the drawing, in SVG units."""
AIR = 1.05
"""Above the largest loss."""


class TrainingCurve(BaseModel):
    """The mean training loss of one network, stretch by stretch."""

    epochs: list[float] = Field(max_length=1_000)
    """Where each stretch ends: how often every film was shown by then, ascending."""
    loss: list[float]
    """Cross-entropy in nats, weighted by class; the mean of each stretch."""

    @model_validator(mode="after")
    def _fits(self) -> "TrainingCurve":
        if len(self.epochs) != len(self.loss) or any(b <= a for a, b in pairwise(self.epochs)):
            raise ValueError("a curve has one loss for each of its ascending epochs")
        return self


@dataclass(frozen=True)
class Drawing:
    """A version's curves in one drawing.

    Attributes:
        lines: the points of each network, as SVG writes them.
        across: places on the axis of epochs, and what they say.
        up: places on the axis of losses, from above, and what they say.
        first: the loss at the beginning.
        last: the loss at the end, both means over the networks.
    """

    lines: list[str]
    across: list[tuple[float, str]]
    up: list[tuple[float, str]]
    first: float
    last: float


def curves_of(version: ModelVersion) -> list[TrainingCurve]:
    """Return the curves of a version's networks; none of one that reads reports alone, or that an
    earlier release has trained."""
    kept = version.metrics.get("curves", [])
    found = [TrainingCurve.model_validate(each) for each in kept]
    return [curve for curve in found if curve.loss]


def drawing(version: ModelVersion) -> Drawing | None:
    """Lay out a version's curves; None where it has none."""
    curves = curves_of(version)
    if not curves:
        return None
    epochs = max(curve.epochs[-1] for curve in curves)
    top = max(max(curve.loss) for curve in curves) * AIR or 1.0
    return Drawing(
        lines=[_line(curve, epochs, top) for curve in curves],
        across=[(WIDTH * part, count(ceil(epochs * part))) for part in (0.0, 0.5, 1.0)],
        up=[(HEIGHT * (1 - part), decimal(top * part, 2)) for part in (0.0, 0.5, 1.0)],
        first=_mean([curve.loss[0] for curve in curves]),
        last=_mean([curve.loss[-1] for curve in curves]),
    )


def _line(curve: TrainingCurve, epochs: float, top: float) -> str:
    points = zip(curve.epochs, curve.loss, strict=True)
    return " ".join(f"{WIDTH * x / epochs:.1f},{HEIGHT * (1 - y / top):.1f}" for x, y in points)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
