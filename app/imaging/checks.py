"""What is refused before anything is decoded: no radiograph, too large, contradictory, unread."""

from pydicom.dataset import Dataset

from app import errors
from app.imaging import attributes, modalities, objects
from app.imaging.codestream import UNREAD, Kind, Stream, kind_of, truncated
from app.imaging.limits import Limits

RADIOGRAPHY = {"CR", "DX", "DR", "RG", "RF", "XA", "IO", "PX", "OT", "SC", "XC", ""}
"""Modalities of single projections, and the ones that say nothing."""
_SHORTEST = 64
"""Bytes within which a compressed image says what it is."""


def check_header(dataset: Dataset, limits: Limits) -> None:
    """Refuse what is no single radiograph of bearable size, by its header.

    Raises:
        errors.Refused: another object, not a radiograph, several frames, too many or too few
            pixels, or samples of other than 2 to 16 bits.
    """
    _check_object(dataset)
    if attributes.integer(dataset, "NumberOfFrames", 1) > 1:
        raise errors.Refused(
            "The file holds several frames.",
            "NumberOfFrames (0028,0008)",
            "Export the frame to be read as an image of its own.",
        )
    limits.check_size(
        attributes.integer(dataset, "Columns", 0), attributes.integer(dataset, "Rows", 0)
    )
    _check_depth(dataset)


def check_pixels_are_there(dataset: Dataset) -> None:
    """Refuse a file without pixels: one that was cut in front of them, or never had any.

    Raises:
        errors.Refused: there are none.
    """
    if "PixelData" not in dataset:
        _check_object(dataset)
        if not len(dataset):
            raise truncated("it ends within its header")
        if objects.is_image(dataset) and "PixelDataProviderURL" not in dataset:
            raise errors.Refused(
                "The file is truncated, or was exported without its image: it ends before the "
                "pixels.",
                "PixelData (7FE0,0010)",
                "Copy or export the film again.",
            )
        raise _no_image()
    if not dataset["PixelData"].value:
        raise _no_image()


def check_native_syntax(syntax: str) -> None:
    """Refuse plain pixels under a transfer syntax of which it is not known what it does to them."""
    if syntax not in objects.NATIVE and syntax not in objects.COMPRESSED:
        raise _unread(syntax)


def check_kind(data: bytes, ended: bool, syntax: str) -> Kind:
    """Return what a compressed image is.

    Args:
        data: the frame.
        ended: whether its fragments end as they should.
        syntax: what the file says of it.

    Raises:
        errors.Refused: it is of a kind that is not read, or is none.
    """
    if not data:
        raise _no_image() if ended else truncated("it ends where its pixels begin")
    kind = kind_of(data)
    if kind is not None and kind not in UNREAD:
        return kind
    if len(data) < _SHORTEST and not ended:
        raise truncated()
    if syntax not in objects.COMPRESSED:
        raise _unread(syntax)
    inside = f"is {kind}, which is not read" if kind else "begins like no compressed image"
    raise errors.Refused(
        f"The file contradicts itself: it says that it is packed as {objects.packing(syntax)}, "
        f"and what is inside {inside}.",
        "TransferSyntaxUID (0002,0010)",
        "Export the film again; it may be damaged.",
    )


def contradicted(syntax: str, found: str) -> str:
    """Return the note of a file whose pixels are not packed as it says.

    Args:
        syntax: what the file says.
        found: what its pixels are.
    """
    return f"The file says that it is packed as {objects.packing(syntax)}, but holds {found}."


def check_palette(dataset: Dataset) -> None:
    """Refuse palette colours without a whole palette (PS3.3 C.7.6.3.1.5 and C.7.6.3.1.6)."""
    whole = all(
        f"{colour}PaletteColorLookupTableDescriptor" in dataset
        and (
            f"{colour}PaletteColorLookupTableData" in dataset
            or f"Segmented{colour}PaletteColorLookupTableData" in dataset
        )
        for colour in ("Red", "Green", "Blue")
    )
    if not whole:
        raise errors.Refused(
            "The file is damaged: the palette of its colours is not all there.",
            "RedPaletteColorLookupTableDescriptor (0028,1101)",
            "Export the film in grey, or in RGB.",
        )


def check_stream(stream: Stream, columns: int, rows: int, allocated: int, limits: Limits) -> None:
    """Refuse a compressed image whose own header asks for too much, or is not the file's.

    Raises:
        errors.Refused: too many pixels, another size or depth than the file states, or components
            that are neither grey nor three colours.
    """
    limits.check_size(stream.width, stream.height)
    if (stream.width, stream.height) != (columns, rows):
        raise errors.Refused(
            f"The file contradicts itself: it states {columns} x {rows} pixels, the compressed "
            f"image inside {stream.width} x {stream.height}.",
            "Rows (0028,0010), Columns (0028,0011)",
            "Export the film again.",
        )
    if stream.bits > allocated:
        raise errors.Refused(
            f"The file contradicts itself: it states {allocated} bits a pixel, the compressed "
            f"image inside {stream.bits}.",
            "BitsAllocated (0028,0100)",
            "Export the film again.",
        )
    if stream.components not in (1, 3):
        raise errors.Refused(
            f"The compressed image inside has {stream.components} components, which is not read.",
            "SamplesPerPixel (0028,0002)",
            "Export the film in grey, or in RGB.",
        )


def _check_object(dataset: Dataset) -> None:
    objects.check_class(dataset)
    modality = attributes.code(dataset, "Modality")
    if modality not in RADIOGRAPHY:
        raise errors.Refused(
            f"The image is no radiograph: its modality is {modalities.named(modality)}.",
            "Modality (0008,0060)",
            "Import CR or DX images only.",
        )


def _check_depth(dataset: Dataset) -> None:
    allocated = attributes.integer(dataset, "BitsAllocated", 0)
    stored = attributes.integer(dataset, "BitsStored", allocated)
    high = attributes.integer(dataset, "HighBit", stored - 1)
    if allocated not in (8, 16) or not 2 <= stored <= high + 1 <= allocated:
        raise errors.Refused(
            f"The pixels are stored in a way that is not read: {stored} of {allocated} bits, "
            f"the highest being bit {high}.",
            "BitsStored (0028,0101)",
            "Export the film again with 8 to 16 bits a pixel.",
        )


def _no_image() -> errors.Refused:
    return errors.Refused(
        "The DICOM file holds no image.", "", "Leave it out, or export the film itself."
    )


def _unread(syntax: str) -> errors.Refused:
    return errors.Refused(
        f"The image is packed in a way that is not read: {objects.packing(syntax)}.",
        "TransferSyntaxUID (0002,0010)",
        "Export the film uncompressed, or as lossless JPEG.",
    )
