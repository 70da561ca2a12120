"""Reading one DICOM file: checked before it is decoded, de-identified before it leaves."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import apply_color_lut, get_decoder, pixel_array
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from app import errors
from app.imaging import attributes, codecs, deidentification, description, pseudonyms
from app.imaging.codestream import declared_size, is_complete
from app.imaging.film import Film
from app.imaging.limits import check_size

config.settings.reading_validation_mode = config.IGNORE
config.settings.writing_validation_mode = config.IGNORE
codecs.register()

RADIOGRAPHY = {"CR", "DX", "DR", "RG", "RF", "XA", "IO", "PX", "OT", "SC", "XC", ""}
"""Modalities of single projections, and the ones that say nothing."""


def read(path: Path, key: bytes) -> Film:
    """Read a DICOM file as a film.

    Args:
        path: the file.
        key: the secret of the pseudonyms.

    Returns:
        The film, with pseudonyms for keys and the de-identified file in `stored`.

    Raises:
        errors.Refused: the file is no single radiograph, is damaged or too large. pydicom's own
            exceptions (ValueError, RuntimeError, RecursionError, struct.error ...) come through for
            some damaged files; the decoding process turns them into refusals.
    """
    dataset = _load(path)
    check(dataset)
    pixels = decode(dataset)
    film = description.describe(dataset, pixels)
    identity = _identity(dataset, path, key)
    stored = deidentification.deidentified(dataset, key, *identity)
    return replace(
        film,
        patient_key=identity[0],
        study_key=identity[1],
        image_key=identity[2],
        site=pseudonyms.site(attributes.text(dataset, "InstitutionName"), key),
        details=deidentification.kept_details(stored),
        stored=deidentification.as_bytes(stored),
    )


def read_patient_key(path: Path, key: bytes) -> str:
    """Return the patient's pseudonym from the header alone; the rest as in `read`."""
    header = _load(path, stop_before_pixels=True)
    _check_header(header)
    return _identity(header, path, key)[0]


def check(dataset: Dataset) -> None:
    """Refuse, before anything is decoded, what is no single radiograph of bearable size.

    Raises:
        errors.Refused: no image, not a radiograph, several frames, too many or too few pixels, or
            a codestream whose own size is not the one the file states.
    """
    if "PixelData" not in dataset:
        raise errors.Refused(
            "The DICOM file holds no image.", "", "Leave it out, or export the film itself."
        )
    _check_header(dataset)
    _check_pixels(dataset)


def decode(dataset: Dataset) -> NDArray[Any]:
    """Decode the one frame of a checked dataset.

    Args:
        dataset: with its pixel data.

    Returns:
        Stored values, shape (rows, columns); colour becomes luminance (ITU-R BT.601).
    """
    pixels = pixel_array(dataset, index=0)
    if attributes.text(dataset, "PhotometricInterpretation") == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, dataset)
    if pixels.ndim == 3:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2GRAY))
    return pixels


def _load(path: Path, stop_before_pixels: bool = False) -> Dataset:
    dataset = dcmread(path, force=True, stop_before_pixels=stop_before_pixels)
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = _syntax(*dataset.original_encoding)
    return dataset


def _syntax(implicit: bool | None, little: bool | None) -> UID:
    """Name the transfer syntax pydicom found by looking, for files that do not say."""
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _check_header(dataset: Dataset) -> None:
    modality = attributes.text(dataset, "Modality").upper()
    if modality not in RADIOGRAPHY:
        raise errors.Refused(
            f"The image is no radiograph: its modality is {modality[:16]}.",
            "Modality (0008,0060)",
            "Import CR or DX images only.",
        )
    if attributes.integer(dataset, "NumberOfFrames", 1) > 1:
        raise errors.Refused(
            "The file holds several frames.",
            "NumberOfFrames (0028,0008)",
            "Export the frame to be read as an image of its own.",
        )
    check_size(*_stated_size(dataset))
    _check_depth(dataset)


def _check_depth(dataset: Dataset) -> None:
    allocated = attributes.integer(dataset, "BitsAllocated", 0)
    stored = attributes.integer(dataset, "BitsStored", allocated)
    high = attributes.integer(dataset, "HighBit", stored - 1)
    if allocated not in (8, 16) or not 2 <= stored <= allocated or high != stored - 1:
        raise errors.Refused(
            f"The pixels are stored in a way that is not read: {stored} of {allocated} bits, "
            f"the highest being bit {high}.",
            "BitsStored (0028,0101)",
            "Export the film again with 8 to 16 bits a pixel.",
        )


def _stated_size(dataset: Dataset) -> tuple[int, int]:
    return attributes.integer(dataset, "Columns", 0), attributes.integer(dataset, "Rows", 0)


def _check_pixels(dataset: Dataset) -> None:
    columns, rows = _stated_size(dataset)
    syntax = dataset.file_meta.TransferSyntaxUID
    _check_syntax(syntax)
    if not syntax.is_encapsulated:
        _check_length(dataset, rows * columns)
    elif syntax != RLELossless:
        _check_codestream(get_frame(dataset.PixelData, 0, number_of_frames=1), columns, rows)


def _check_syntax(syntax: UID) -> None:
    try:
        known = get_decoder(syntax).is_available
    except NotImplementedError:
        known = False
    if not known:
        raise errors.Refused(
            f"The image is packed in a way that is not read ({syntax.name[:64]}).",
            "TransferSyntaxUID (0002,0010)",
            "Export the film uncompressed, or as lossless JPEG.",
        )


def _check_length(dataset: Dataset, pixels: int) -> None:
    samples = attributes.integer(dataset, "SamplesPerPixel", 1)
    expected = pixels * samples * attributes.integer(dataset, "BitsAllocated", 8) // 8
    if attributes.text(dataset, "PhotometricInterpretation") == "YBR_FULL_422":
        expected = expected * 2 // 3
    if len(dataset.PixelData) < expected:
        raise errors.Refused(
            f"The file is truncated: {len(dataset.PixelData):,} of {expected:,} bytes of pixels "
            "are there.",
            "PixelData (7FE0,0010)",
            "Copy or export the film again.",
        )


def _check_codestream(frame: bytes, columns: int, rows: int) -> None:
    size = declared_size(frame)
    check_size(size.width, size.height)
    if (size.width, size.height) != (columns, rows):
        raise errors.Refused(
            f"The file contradicts itself: it states {columns} x {rows} pixels, the compressed "
            f"image inside {size.width} x {size.height}.",
            "Rows (0028,0010), Columns (0028,0011)",
            "Export the film again.",
        )
    if not is_complete(frame):
        raise errors.Refused(
            "The file is truncated: the compressed image inside has no end.",
            "PixelData (7FE0,0010)",
            "Copy or export the film again.",
        )


def _identity(dataset: Dataset, path: Path, key: bytes) -> tuple[str, str, str]:
    """Return the patient's, study's and image's pseudonyms.

    Without a PatientID each study is taken as a patient of its own; without UIDs each file is.
    """
    image = attributes.text(dataset, "SOPInstanceUID") or _digest(path)
    study = attributes.text(dataset, "StudyInstanceUID") or image
    patient = attributes.text(dataset, "PatientID") or study
    return pseudonyms.patient(patient, key), pseudonyms.uid(study, key), pseudonyms.uid(image, key)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
