"""What a reader drew on a film: lengths, angles, arrows and boxes, and what they amount to.

Points are kept, not figures: where the size of a pixel is put right later, lengths follow. Stored
films have square pixels, so an angle between points is the angle on the film.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from app import formats
from app.texts import _

Place = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Point = tuple[Place, Place]
"""Across and down, in pixels of the film as it is shown upright."""
POINTS = {"length": 2, "angle": 3, "arrow": 2, "box": 2}
MOST = 50
"""Measurements of one read."""


class Measurement(BaseModel):
    """One thing drawn on a film; an angle's corner is its second point, a box lies between two."""

    kind: Literal["length", "angle", "arrow", "box"]
    points: Annotated[list[Point], Field(min_length=2, max_length=3)]

    @model_validator(mode="after")
    def _has_its_points(self) -> "Measurement":
        if len(self.points) != POINTS[self.kind]:
            raise ValueError(f"{self.kind} has {POINTS[self.kind]} points")
        return self


Measurements = Annotated[list[Measurement], Field(max_length=MOST)]


def figures(
    drawn: Iterable[Mapping[str, Any]] | None, spacing_mm: float | None, plane: str
) -> list[dict[str, Any]]:
    """Return what measurements amount to, as they are exported.

    Args:
        drawn: `Annotation.measurements`.
        spacing_mm: millimetres a pixel of the film; None where the file does not say.
        plane: where these are measured, as `Image.spacing_plane`.

    Returns:
        For each: `kind`, `points` (pixels), and for a length `pixels` and where it is known `mm`
        and `plane`, for an angle `degrees` from 0 to 180, for a box what a length has, each as
        [across, down].
    """
    return [_figure(each, spacing_mm, plane) for each in drawn or ()]


def in_words(
    drawn: Iterable[Mapping[str, Any]] | None, spacing_mm: float | None, plane: str
) -> list[str]:
    """Say what measurements amount to; an arrow says nothing by itself and is left out."""
    return [words for each in figures(drawn, spacing_mm, plane) if (words := _words(each))]


def _figure(drawn: Mapping[str, Any], spacing_mm: float | None, plane: str) -> dict[str, Any]:
    points = drawn["points"]
    figure: dict[str, Any] = {"kind": drawn["kind"], "points": points}
    if drawn["kind"] == "length":
        pixels = math.dist(*points)
        figure["pixels"] = round(pixels, 2)
        if spacing_mm is not None:
            figure |= {"mm": round(pixels * spacing_mm, 2), "plane": plane}
    if drawn["kind"] == "box":
        sides = [abs(end - start) for start, end in zip(*points, strict=True)]
        figure["pixels"] = [round(side, 2) for side in sides]
        if spacing_mm is not None:
            figure |= {"mm": [round(side * spacing_mm, 2) for side in sides], "plane": plane}
    if drawn["kind"] == "angle":
        figure["degrees"] = round(_degrees(points), 2)
    return figure


def _degrees(points: list[list[float]]) -> float:
    first, corner, last = points
    ways = [math.atan2(y - corner[1], x - corner[0]) for x, y in (first, last)]
    return math.degrees(abs((ways[0] - ways[1] + math.pi) % (2 * math.pi) - math.pi))


def _words(figure: Mapping[str, Any]) -> str:
    if figure["kind"] == "angle":
        return _("angle {degrees}°", degrees=formats.decimal(figure["degrees"], 1))
    if figure["kind"] == "arrow":
        return ""
    size = _size(figure)
    return _("box {size}", size=size) if figure["kind"] == "box" else _("length {size}", size=size)


def _size(figure: Mapping[str, Any]) -> str:
    """Say a length, or both sides of a box, with where it is measured."""
    if "mm" not in figure:
        return _("{pixels} px", pixels=_sides(figure["pixels"], 0))
    size = _sides(figure["mm"], 1)
    if figure["plane"] == "detector":
        return _("{mm} mm at the detector", mm=size)
    if figure["plane"] == "patient":
        return _("{mm} mm in the patient", mm=size)
    if figure["plane"] == "estimated":
        return _("{mm} mm in the patient, estimated", mm=size)
    return _("{mm} mm", mm=size)


def _sides(figure: float | list[float], digits: int) -> str:
    sides = figure if isinstance(figure, list) else [figure]
    return " × ".join(formats.decimal(side, digits) for side in sides)
