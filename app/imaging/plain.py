"""Reading PNG and JPEG: checked, turned upright, made grey, stripped of everything but pixels."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from app import errors
from app.imaging.film import Film
from app.imaging.limits import check_size

Image.MAX_IMAGE_PIXELS = None  # `check_size` decides, before anything is decoded
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def read(path: Path) -> Film:
    """Read a PNG or JPEG.

    16-bit grey keeps its depth; everything else becomes 8-bit luminance. An EXIF orientation is
    applied; no metadata is kept, so the film has no file of its own beside its renditions.

    Args:
        path: the file.

    Returns:
        The film, without keys: who it is of is known from the manifest only.

    Raises:
        errors.Refused: the file is damaged, truncated or too large.
    """
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            check_size(*image.size)
            image.load()
            return _film(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise errors.Refused(
            "The file begins like a PNG or JPEG but is damaged.", "", "Export the film again."
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise errors.Refused(
            "The file is truncated or damaged: its pixels cannot be read to the end.",
            "",
            "Copy or export the film again.",
        ) from error


def _film(image: Image.Image) -> Film:
    if image.mode.startswith("I"):
        return Film(pixels=np.asarray(image).astype(np.uint16), bits=16)
    return Film(pixels=np.asarray(image.convert("L")), bits=8)
