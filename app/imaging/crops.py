"""Model renditions of the knees of one film, in the decoding process: each from its own part."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from app import errors
from app.imaging import knees, rendering
from app.imaging.film import KneeFile, RenditionFile
from app.imaging.knees import Orientation, Region


def find(request: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """Find the knees of a film of both and make the model rendition of each.

    Args:
        request: `path`, `bits`, `window_centre` and `window_width` of a viewer rendition, and the
            film's `orientation`.
        scratch: where to write.

    Returns:
        `knees`: those found, each as a `KneeFile`.
    """
    picture = _picture(request)
    found = knees.regions(picture.pixels, Orientation(*request["orientation"]))
    files = [
        KneeFile(side, region, _cropped(picture, region, scratch / f"model-{side}.png"))
        for side, region in found
    ]
    return {"knees": [asdict(file) for file in files]}


def crop(request: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """Make the model rendition of one region: as `find`, the region being named."""
    region = Region(*request["region"])
    return asdict(_cropped(_picture(request), region, scratch / "model-part.png"))


def _picture(request: dict[str, Any]) -> rendering.Picture:
    pixels = cv2.imread(request["path"], cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 2:
        raise errors.Refused(
            "The film's picture is missing or damaged.",
            "",
            "Restore the store folder from a backup.",
        )
    return rendering.Picture(
        pixels, request["bits"], request["window_centre"], request["window_width"]
    )


def _cropped(picture: rendering.Picture, region: Region, path: Path) -> RenditionFile:
    part = rendering.Picture(region.of(picture.pixels), picture.bits, picture.centre, picture.width)
    return rendering.write(rendering.model(part), path)
