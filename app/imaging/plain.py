"""Reading PNG and JPEG: checked, turned upright, made grey, stripped of everything but pixels."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from app import errors
from app.imaging.film import StoredFilm
from app.imaging.limits import LIMITS, Limits

Image.MAX_IMAGE_PIXELS = None  # `Limits` decides, before anything is decoded
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def read(path: Path, limits: Limits = LIMITS) -> StoredFilm:
    """Read a PNG or JPEG.

    16-bit grey keeps its depth; everything else becomes 8-bit luminance. An EXIF orientation is
    applied; no metadata is kept, so the film has no file of its own beside its renditions.

    Args:
        path: the file.
        limits: how large it may be.

    Returns:
        The film, without keys: who it is of is known from the manifest only.

    Raises:
        errors.Refused: the file is damaged, truncated or too large.
    """
    with _opened(path) as image:
        limits.check_size(*image.size)
        with _loading():
            image.load()
        return _film(ImageOps.exif_transpose(image))


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path, formats=("PNG", "JPEG"))
    except (UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise errors.Refused(
            "The file begins like a PNG or JPEG but is damaged.", "", "Export the film again."
        ) from error


@contextmanager
def _loading() -> Iterator[None]:
    """Refuse what Pillow cannot decode: it says so by these three kinds of error."""
    try:
        yield
    except (OSError, SyntaxError, ValueError) as error:
        raise errors.Refused(
            "The file is truncated or damaged: its pixels cannot be read to the end.",
            "",
            "Copy or export the film again.",
        ) from error


def _film(image: Image.Image) -> StoredFilm:
    if image.mode.startswith("I"):
        return StoredFilm(pixels=np.asarray(image).astype(np.uint16), bits=16)
    return StoredFilm(pixels=np.asarray(image.convert("L")), bits=8)
