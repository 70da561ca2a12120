"""Reading one DICOM file: checked before it is decoded, de-identified before it leaves."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.imaging import (
    attributes,
    checks,
    deidentification,
    description,
    identity,
    loading,
    pacs_names,
    people,
    pixels,
    terms,
    usual_values,
)
from app.imaging.film import Identity, StoredFilm
from app.imaging.limits import LIMITS, Limits
from app.imaging.usual_values import GREY


def read(
    path: Path, key: bytes, limits: Limits = LIMITS, devices: Collection[str] = ()
) -> StoredFilm:
    """Read a DICOM file as a film.

    Args:
        path: the file.
        key: the secret of the pseudonyms.
        limits: how large a film may be.
        devices: names of devices that may be kept; others become pseudonyms.

    Returns:
        The film, with pseudonyms for keys and the de-identified file in `stored`.

    Raises:
        errors.Refused: the file is no single radiograph, is cut, damaged or too large.
    """
    dataset = loading.load(path, limits)
    found = decoded(dataset, limits)
    film = replace(
        description.describe(dataset, pixels.luminance(found.values)),
        view=terms.view(attributes.text(dataset, "ViewPosition")),
        identity=identity.read(dataset, path, key),
    )
    stored = deidentification.deidentified(dataset, film, found, key, devices)
    details = deidentification.kept_details(stored)
    told = people.look(dataset, key)
    return replace(
        film,
        names=told.names,
        suspicions=told.suspicions,
        details=details | ({"Notes": " ".join(found.notes)} if found.notes else {}),
        stored=deidentification.as_bytes(stored),
    )


def read_identity(path: Path, key: bytes, limits: Limits = LIMITS) -> Identity:
    """Return whose the film is from the header alone; the rest as in `read`."""
    header = loading.load(path, limits, with_pixels=False)
    checks.check_header(header, limits)
    return identity.read(header, path, key)


def read_pacs_names(path: Path, limits: Limits = LIMITS) -> dict[str, str]:
    """Return what the film and its patient are called in the PACS; the rest as in `read`."""
    return pacs_names.read(loading.load(path, limits, with_pixels=False))


def decoded(dataset: Dataset, limits: Limits = LIMITS) -> pixels.Pixels:
    """Check a dataset, complete its header and decode its one frame.

    Args:
        dataset: with its file meta and pixel data; what it lacks is put in, and its sign and
            colours are made those of the pixels.
        limits: how large the film may be.

    Raises:
        errors.Refused: it is no single radiograph, is cut, damaged or too large.
    """
    checks.check_pixels_are_there(dataset)
    checks.check_header(dataset, limits)
    notes = usual_values.complete(dataset)
    found = pixels.decode(dataset, limits)
    dataset.PixelRepresentation = int(found.values.dtype.kind == "i")
    if found.values.ndim == 3:
        dataset.PhotometricInterpretation = "RGB"
    elif attributes.text(dataset, "PhotometricInterpretation") not in GREY:
        dataset.PhotometricInterpretation = "MONOCHROME2"
    return replace(found, notes=[*notes, *found.notes])


def decode(dataset: Dataset) -> NDArray[Any]:
    """Return the pixels of a dataset as they are described; arguments as in `decoded`.

    Returns:
        Stored values, shape (rows, columns); colour becomes luminance.
    """
    return pixels.luminance(decoded(dataset).values)
