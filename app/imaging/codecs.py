"""From a compressed image to its samples, by the kind of image it is, whatever the file calls it.

The C libraries behind these functions are fed with strangers' files; they run in the decoding
process only, after the size the image declares was checked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from app import errors
from app.imaging import jpeg
from app.imaging.codestream import RLE_HEADER, Kind, Stream, truncated

_JPEG_2000_THREADS = 1
_FILLINGS = (b"\0" * 64, b"\x55" * 64)
"""Two ways to go on behind a JPEG that has no end: 00 and 55 are coded data, never a marker."""


def samples(stream: Stream, transformed: bool) -> NDArray[Any]:
    """Decode a JPEG, JPEG-LS or JPEG 2000 stream.

    Args:
        stream: as `codestream.parsed` found it, of a kind that is read.
        transformed: whether its colours are stored as YCbCr, for streams that do not say.

    Returns:
        Shape (height, width) or (height, width, components), with the stream's own depth and sign.
        Colours of a JPEG are RGB; those of other kinds are as the stream has them.

    Raises:
        errors.Refused: the stream is damaged, or ends before its last line does.
        MemoryError: the library could not get the memory it asked for.
    """
    decode = _decoder(stream, transformed)
    try:
        with damage_of(stream.kind):
            found = decode(stream.data)
    except errors.Refused:
        raise (damaged(stream.kind) if stream.ended else truncated()) from None
    if not stream.ended and not _is_whole(decode, stream, found):
        raise truncated()
    if found.shape[:2] != (stream.height, stream.width):
        raise damaged(stream.kind)
    return np.ascontiguousarray(found)


def rle(data: bytes, pixels: int, planes: int) -> tuple[NDArray[np.uint8], bool]:
    """Decode an RLE frame.

    Args:
        data: header and segments.
        pixels: of the frame.
        planes: bytes of a pixel over all samples; the most significant byte of each comes first.

    Returns:
        Shape (planes, pixels), in the order of the segments; and whether these hold nothing else.

    Raises:
        errors.Refused: there are other than `planes` segments, or one ends too early.

    Source: DICOM PS3.5 annex G.
    """
    count, *offsets = RLE_HEADER.unpack_from(data)
    if count != planes:
        raise errors.Refused(
            f"The file contradicts itself: its pixels need {planes} RLE segments, and {count} are "
            "there.",
            "BitsAllocated (0028,0100)",
            "Export the film again.",
        )
    found, exact = np.empty((planes, pixels), np.uint8), True
    for plane, begin in enumerate(offsets[:planes]):
        behind = offsets[plane + 1] if plane + 1 < planes else len(data)
        if begin < RLE_HEADER.size or behind < begin:
            raise damaged(Kind.RLE) if behind < len(data) else truncated()
        unpacked, whole = _unpacked(data[begin:behind], pixels)
        exact &= whole
        found[plane] = np.frombuffer(unpacked, np.uint8, pixels)
    return found, exact


@contextmanager
def damage_of(kind: str) -> Iterator[None]:
    """Refuse a file as damaged where a decoder of somebody else's complains about its bytes.

    Only what decoders raise for bad data is taken for damage (RuntimeError and ValueError); a
    mistake in calling them comes through as what it is.

    Args:
        kind: what is decoded.
    """
    try:
        yield
    except (RuntimeError, ValueError) as error:
        if "memory" in str(error).lower():
            raise MemoryError from error
        raise damaged(kind) from error


def _decoder(stream: Stream, transformed: bool) -> Callable[[bytes], NDArray[Any]]:
    """Return the function that decodes a stream; colours of a JPEG are undone by it."""
    if stream.kind is Kind.JPEG:
        said = transformed if stream.transformed is None else stream.transformed
        if stream.components == 1:
            return imagecodecs.jpeg8_decode
        stored = "ycbcr" if said else "rgb"
        return lambda data: imagecodecs.jpeg8_decode(data, colorspace=stored, outcolorspace="rgb")
    if stream.kind is Kind.LOSSLESS_JPEG:
        return imagecodecs.jpegsof3_decode
    if stream.kind is Kind.JPEG_LS:
        return imagecodecs.jpegls_decode
    if stream.kind is Kind.HTJ2K:
        return imagecodecs.htj2k_decode
    return lambda data: imagecodecs.jpeg2k_decode(data, numthreads=_JPEG_2000_THREADS)


def _is_whole(decode: Callable[[bytes], NDArray[Any]], stream: Stream, found: NDArray[Any]) -> bool:
    """Whether all of an image is there but for its end marker.

    A JPEG decoder that has every line reads no further, so what follows makes no difference. One
    that is still decoding takes it for image data, and two fillings give two images. The others
    need no such proof: a JPEG-LS decoder accepts nothing but the end marker behind the last line,
    and JPEG 2000 tells the length of its parts.
    """
    if stream.kind not in (Kind.JPEG, Kind.LOSSLESS_JPEG):
        return True
    coded = stream.data.removesuffix(jpeg.END)
    with damage_of(stream.kind):
        return all(
            np.array_equal(decode(coded + filling + jpeg.END), found) for filling in _FILLINGS
        )


def _unpacked(segment: bytes, pixels: int) -> tuple[bytes | bytearray, bool]:
    """Undo PackBits; also tell whether nothing lies behind the last run that is needed."""
    try:
        unpacked, whole = imagecodecs.packbits_decode(segment), True
    except RuntimeError:  # the segment ends within a run, which may be one nobody needs
        unpacked = imagecodecs.packbits_decode(segment[: _needed(segment, pixels)])
        whole = False
    if len(unpacked) < pixels:
        raise truncated()
    return unpacked, whole and len(unpacked) == pixels


def _needed(segment: bytes, pixels: int) -> int:
    """Return how many bytes of a segment hold the runs of that many pixels (PS3.5 G.3.2)."""
    position = made = 0
    while made < pixels and position < len(segment):
        head = segment[position]
        made += head + 1 if head < 128 else (257 - head) % 129
        position += head + 2 if head < 128 else 1 + (head > 128)
    if made < pixels or position > len(segment):
        raise truncated()
    return position


def damaged(kind: str) -> errors.Refused:
    return errors.Refused(
        f"The file is damaged: its {kind} image cannot be decoded.",
        "PixelData (7FE0,0010)",
        "Copy or export the film again.",
    )
