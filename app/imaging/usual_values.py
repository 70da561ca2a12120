"""Usual values for what a header leaves out or misspells of its pixels; each is noted.

Other viewers show such films too. What a value means is never guessed where two meanings are usual.
"""

from pydicom.dataset import Dataset

from app import errors
from app.imaging import attributes

GREY = ("MONOCHROME1", "MONOCHROME2")
COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT")
PALETTE = "PALETTE COLOR"
_TERMS = {"".join(filter(str.isalnum, term)): term for term in (*GREY, *COLOURS, PALETTE)}


def complete(dataset: Dataset) -> list[str]:
    """Give a dataset the usual values of what it lacks; changes it.

    Args:
        dataset: as read.

    Returns:
        A sentence for each value that was put in. It quotes nothing of the file.

    Raises:
        errors.Refused: the colours are of a kind that is not read.

    Source: DICOM PS3.3 C.7.6.3.1.2 (Photometric Interpretation), C.7.6.3 (the others, which are
    required there).
    """
    notes = [
        *_photometric_interpretation(dataset),
        *_samples(dataset),
        *_representation(dataset),
    ]
    stored = attributes.integer(dataset, "BitsStored", 0)
    if not stored and (allocated := attributes.integer(dataset, "BitsAllocated", 0)):
        dataset.BitsStored = allocated
        notes.append(f"BitsStored is missing and was taken as {allocated}.")
    return notes


def _photometric_interpretation(dataset: Dataset) -> list[str]:
    stated = attributes.text(dataset, "PhotometricInterpretation")
    letters = "".join(filter(str.isalnum, stated)).upper()
    known = _TERMS.get(letters)
    if known is None and attributes.integer(dataset, "SamplesPerPixel", 1) > 1:
        if stated:
            raise errors.Refused(
                "The colours are stored in a way that is not read.",
                "PhotometricInterpretation (0028,0004)",
                "Export the film in grey, or in RGB.",
            )
        known = "RGB"
    meant = known or "MONOCHROME2"
    dataset.PhotometricInterpretation = meant
    if stated == meant:
        return []
    how = "is missing" if not stated else "is misspelt"
    return [f"PhotometricInterpretation {how} and was taken as {meant}."]


def _samples(dataset: Dataset) -> list[str]:
    stated = attributes.integer(dataset, "SamplesPerPixel", 0)
    usual = 3 if dataset.PhotometricInterpretation in COLOURS else 1
    if stated == usual:
        return []
    if stated == 3:  # the number of samples is what the pixels are laid out by
        dataset.PhotometricInterpretation = "RGB"
        return ["PhotometricInterpretation contradicts SamplesPerPixel and was taken as RGB."]
    dataset.SamplesPerPixel = usual
    if stated == 1:
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        return [
            "PhotometricInterpretation contradicts SamplesPerPixel and was taken as MONOCHROME2."
        ]
    return [f"SamplesPerPixel is missing and was taken as {usual}."]


def _representation(dataset: Dataset) -> list[str]:
    if attributes.integer(dataset, "PixelRepresentation", -1) in (0, 1):
        return []
    dataset.PixelRepresentation = 0
    return ["PixelRepresentation is missing and was taken as 0 (unsigned)."]
