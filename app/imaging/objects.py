"""What a DICOM file is, in words: its SOP class where it is no film, its transfer syntax where that
is not read."""

from pydicom.dataset import Dataset
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSNearLossless,
    JPEGLSTransferSyntaxes,
    RLELossless,
    UID_dictionary,
)

from app import errors
from app.imaging import attributes
from app.imaging.codestream import Kind

NATIVE = {
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    "1.2.840.10008.1.2.1.98",  # Encapsulated Uncompressed Explicit VR Little Endian
}
"""Transfer syntaxes of plain pixels."""
_J2K = {Kind.JPEG_2000, Kind.HTJ2K}
COMPRESSED: dict[str, set[Kind]] = {
    JPEGBaseline8Bit: {Kind.JPEG},
    JPEGExtended12Bit: {Kind.JPEG},
    JPEGLossless: {Kind.LOSSLESS_JPEG},
    JPEGLosslessSV1: {Kind.LOSSLESS_JPEG},
    **{syntax: {Kind.JPEG_LS} for syntax in JPEGLSTransferSyntaxes},
    **dict.fromkeys(JPEG2000TransferSyntaxes[:2], _J2K),
    **dict.fromkeys((HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL), _J2K),
    RLELossless: {Kind.RLE},
}
"""Which kinds of compressed image a transfer syntax names, of those that are read."""
GENERAL = {
    Kind.JPEG: JPEGExtended12Bit,
    Kind.LOSSLESS_JPEG: JPEGLossless,
    Kind.JPEG_LS: JPEGLSNearLossless,
    Kind.JPEG_2000: JPEG2000,
    Kind.HTJ2K: HTJ2K,
    Kind.RLE: RLELossless,
}
"""The transfer syntax that any image of a kind may have: what is lossless may be lossy there."""
_NEWER = {
    "1.2.840.10008.1.2.4.110": "JPEG XL, lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL, of a JPEG",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
}
"""Transfer syntaxes of the standard that pydicom does not name yet (PS3.6 annex A)."""
_STANDARD = "1.2.840.10008."
_VENDORS = {
    "1.2.840.113619.": "GE",
    "1.3.12.2.1107.": "Siemens",
    "1.3.46.670589.": "Philips",
    "1.2.840.113564.": "Kodak or Carestream",
    "1.2.392.200036.9116.": "Toshiba or Canon",
    "1.2.392.200036.9125.": "Fujifilm",
    "1.2.124.113532.": "Agfa",
    "1.3.51.": "Agfa",
}
"""Roots under which vendors issue UIDs."""
_NO_FILMS = (
    ("Media Storage Directory", "the index of a medium (DICOMDIR)", "its films instead"),
    ("Presentation State", "a presentation state", "the film it belongs to instead"),
    ("Key Object", "a key object selection", "the films it names instead"),
    ("Encapsulated", "an encapsulated document", "the film itself"),
    (" SR ", "a structured report", "the film it reports on instead"),
    ("Report Storage", "a report", "the film it reports on instead"),
    ("Waveform", "a waveform", "films only"),
    ("Segmentation", "a segmentation", "the film it was made from instead"),
    ("Enhanced", "an enhanced image of several frames", "the frame to be read as an image"),
    ("X-Ray 3D", "a volume", "the projection to be read as an image"),
    ("Tomosynthesis", "a volume", "the projection to be read as an image"),
    ("Bi-Plane", "an image of two planes", "the plane to be read as an image"),
    ("Video", "a video", "the frame to be read as an image"),
    ("RT Dose", "a dose distribution", "films only"),
)


def check_class(dataset: Dataset) -> None:
    """Refuse an object whose SOP class says that it is no single image.

    Args:
        dataset: with its file meta.

    Raises:
        errors.Refused: it is none; says what it is.
    """
    name = UID_dictionary.get(_class_of(dataset), ("",))[0]
    for words, what, instead in _NO_FILMS:
        if words in name:
            raise _no_film(f"{what}: {name}", f"import {instead}.")
    if name and "Image" not in name and "Storage" in name:
        raise _no_film(f"another object: {name}", "films only.")


def is_image(dataset: Dataset) -> bool:
    """Whether a dataset is an image by its SOP class or its size, or breaks off before it says."""
    stated = _class_of(dataset)
    return not stated or "Image" in UID(stated).name or "Rows" in dataset


def packing(syntax: str) -> str:
    """Return a transfer syntax in words, for a sentence about how an image is packed.

    Nothing of a UID is repeated that is no UID.
    """
    name = _NEWER.get(syntax) or UID_dictionary.get(syntax, ("",))[0]
    if name:
        return name
    if not syntax.replace(".", "").isdigit() or len(syntax) > 64:
        return "a transfer syntax that is no UID"
    if syntax.startswith(_STANDARD):
        return f"a transfer syntax newer than this program, {syntax}"
    for root, vendor in _VENDORS.items():
        if syntax.startswith(root):
            return f"a private transfer syntax of {vendor}, {syntax}"
    return f"a private transfer syntax, {syntax}"


def _class_of(dataset: Dataset) -> str:
    in_meta = attributes.text(dataset.file_meta, "MediaStorageSOPClassUID")
    return attributes.text(dataset, "SOPClassUID") or in_meta


def _no_film(what: str, do: str) -> errors.Refused:
    sentence = do[0].upper() + do[1:] if do.startswith("import") else f"Import {do}"
    return errors.Refused(f"The file is no film but {what}.", "SOPClassUID (0008,0016)", sentence)
