"""Model renditions of the knees of one film, in the decoding process: each from its own part."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from app import errors
from app.imaging import knees, rendering
from app.imaging.film import KneeFile, RenditionFile
from app.imaging.knees import Orientation, Region
from app.imaging.rendering import Picture


def find(picture: Picture, orientation: Orientation, scratch: Path) -> dict[str, Any]:
    """Find the knees of a film of both and make the model rendition of each.

    Args:
        picture: the film's viewer rendition.
        orientation: of the film.
        scratch: where to write.

    Returns:
        `knees`: those found, each as a `KneeFile`.
    """
    found = knees.regions(picture.pixels, orientation)
    files = [
        KneeFile(side, region, _cropped(picture, region, scratch / f"model-{side}.png"))
        for side, region in found
    ]
    return {"knees": [asdict(file) for file in files]}


def crop(picture: Picture, region: Region, scratch: Path) -> dict[str, Any]:
    """Make the model rendition of one region: as `find`, the region being named."""
    return asdict(_cropped(picture, region, scratch / "model-part.png"))


def opened(request: dict[str, Any]) -> Picture:
    """Open a viewer rendition.

    Args:
        request: its `path`, `bits`, `window_centre` and `window_width`.

    Raises:
        errors.Refused: the file is missing or damaged.
    """
    pixels = cv2.imread(request["path"], cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 2:
        raise errors.Refused(
            "The film's picture is missing or damaged.",
            "",
            "Restore the store folder from a backup.",
        )
    return Picture(pixels, request["bits"], request["window_centre"], request["window_width"])


def _cropped(picture: Picture, region: Region, path: Path) -> RenditionFile:
    part = Picture(region.of(picture.pixels), picture.bits, picture.centre, picture.width)
    return rendering.write(rendering.model(part), path)
