"""What a DICOM dataset says of showing its pixels; what makes no sense is passed over."""

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.imaging import attributes
from app.imaging.film import Film, Window

GREY = {"MONOCHROME1", "MONOCHROME2"}
SPACINGS = ("ImagerPixelSpacing", "PixelSpacing", "NominalScannedPixelSpacing")
"""Where the distance at the detector may stand, best first."""


def describe(dataset: Dataset, pixels: NDArray[Any]) -> Film:
    """Gather what showing the pixels needs; attributes that make no sense are passed over.

    Args:
        dataset: as read.
        pixels: its decoded values.

    Returns:
        A film without keys, details and stored file.
    """
    film = Film(
        pixels=pixels,
        bits=pixels.dtype.itemsize * 8,
        spacing_mm=_spacing(dataset),
        laterality=_laterality(dataset),
        view=attributes.code(dataset, "ViewPosition"),
    )
    interpretation = attributes.text(dataset, "PhotometricInterpretation")
    if interpretation not in GREY:
        return film
    return replace(
        film,
        bits=attributes.integer(dataset, "BitsStored", film.bits),
        inverted=interpretation == "MONOCHROME1",
        slope=attributes.number(dataset, "RescaleSlope") or 1.0,
        intercept=attributes.number(dataset, "RescaleIntercept") or 0.0,
        modality_lut=attributes.lookup_table(dataset, "ModalityLUTSequence"),
        voi_lut=attributes.lookup_table(dataset, "VOILUTSequence"),
        window=_window(dataset),
        padding=_padding(dataset),
    )


def _window(dataset: Dataset) -> Window | None:
    centre = attributes.number(dataset, "WindowCenter")
    width = attributes.number(dataset, "WindowWidth")
    if centre is None or width is None or width <= 0:
        return None
    function = attributes.code(dataset, "VOILUTFunction")
    known = function if function in ("LINEAR_EXACT", "SIGMOID") else "LINEAR"
    return Window(centre, width, known)


def _padding(dataset: Dataset) -> tuple[int, int] | None:
    first = attributes.number(dataset, "PixelPaddingValue")
    if first is None:
        return None
    last = attributes.integer(dataset, "PixelPaddingRangeLimit", int(first))
    return min(int(first), last), max(int(first), last)


def _spacing(dataset: Dataset) -> float | None:
    for keyword in SPACINGS:
        numbers = attributes.all_numbers(dataset, keyword)
        if len(numbers) == 2 and min(numbers) > 0:
            return numbers[0] if max(numbers) / min(numbers) < 1.01 else None
    return None


def _laterality(dataset: Dataset) -> str:
    found = attributes.code(dataset, "ImageLaterality") or attributes.code(dataset, "Laterality")
    return found if found in ("L", "R", "B") else ""
