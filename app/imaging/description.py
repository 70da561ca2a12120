"""What a DICOM dataset says of showing its pixels; what makes no sense is passed over."""

from dataclasses import replace
from itertools import zip_longest
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.imaging import attributes, geometry, lookup_tables
from app.imaging.background import background
from app.imaging.film import LookupTable, StoredFilm, Window

GREY = {"MONOCHROME1", "MONOCHROME2"}


def describe(dataset: Dataset, pixels: NDArray[Any]) -> StoredFilm:
    """Gather what showing the pixels needs; attributes that make no sense are passed over.

    Args:
        dataset: as read.
        pixels: its decoded values.

    Returns:
        A film without keys, details and stored file.
    """
    film = _placed(dataset, pixels)
    interpretation = attributes.code(dataset, "PhotometricInterpretation")
    if interpretation not in GREY:
        return film
    slope, intercept = _rescale(dataset)
    return replace(
        film,
        bits=attributes.integer(dataset, "BitsStored", film.bits),
        inverted=interpretation == "MONOCHROME1",
        slope=slope,
        intercept=intercept,
        modality_luts=_tables(dataset, "ModalityLUTSequence"),
        voi_luts=_tables(dataset, "VOILUTSequence"),
        windows=windows(dataset),
    )


def windows(dataset: Dataset) -> tuple[Window, ...]:
    """Return the windows a file states, without those that break the standard beyond mending.

    A centre belongs to the width at the same place; one without the other is none. `LINEAR` has no
    width below 1: such a width, written for values that are rescaled to a small range, is taken
    as `LINEAR_EXACT`.

    Source: DICOM PS3.3 C.11.2.1.2 (centre and width), C.11.2.1.3 (VOILUTFunction).
    """
    named = attributes.code(dataset, "VOILUTFunction")
    function = named if named in ("LINEAR_EXACT", "SIGMOID") else "LINEAR"
    centres, widths = (attributes.numbers(dataset, key) for key in ("WindowCenter", "WindowWidth"))
    return tuple(
        Window(centre, width, "LINEAR_EXACT" if function == "LINEAR" and width < 1 else function)
        for centre, width in zip_longest(centres, widths)
        if centre is not None and width is not None and width > 0
    )


def _placed(dataset: Dataset, pixels: NDArray[Any]) -> StoredFilm:
    """Return the film with what does not concern grey levels: sizes, side, view, background."""
    rows, columns = pixels.shape
    spacing = geometry.spacing(dataset)
    aspect = geometry.aspect(dataset, spacing)
    size = geometry.true_size(rows, columns, aspect)
    padded, shuttered = background(dataset, pixels, aspect)
    return StoredFilm(
        pixels=pixels,
        bits=pixels.dtype.itemsize * 8,
        padded=padded,
        shuttered=shuttered,
        shown_size=None if aspect == 1 else (size.rows, size.columns),
        spacing_mm=spacing.horizontal * (columns / size.columns) if spacing else None,
        spacing_plane=spacing.plane if spacing else "",
        laterality=geometry.laterality(dataset),
        view=attributes.code(dataset, "ViewPosition"),
        orientation=geometry.orientation(dataset),
    )


def _rescale(dataset: Dataset) -> tuple[float, float]:
    """Return slope and intercept; what is missing changes nothing.

    A slope of 0 would make all values one. It is a slip, and the intercept beside it no better.
    """
    slope = attributes.number(dataset, "RescaleSlope") if "RescaleSlope" in dataset else 1.0
    intercept = attributes.number(dataset, "RescaleIntercept") or 0.0
    return (slope, intercept) if slope else (1.0, 0.0)


def _tables(dataset: Dataset, keyword: str) -> tuple[LookupTable, ...]:
    return tuple(table for _, table in lookup_tables.usable_items(dataset, keyword))
