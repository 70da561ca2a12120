"""What a compressed image is, by its first markers, and what it says of itself; nothing is decoded.

The transfer syntax is what a file says of the image inside. Files that were moved between systems
say wrong things, so a decoder is chosen by the image itself.
"""

import struct
from dataclasses import dataclass
from enum import StrEnum

from app import errors
from app.imaging import jpeg, jpeg2000


class Kind(StrEnum):
    """Kinds of compressed image, by the names people know them by."""

    JPEG = "JPEG"
    LOSSLESS_JPEG = "lossless JPEG"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    HTJ2K = "High-Throughput JPEG 2000"
    RLE = "RLE"
    RARE_JPEG = "arithmetic or hierarchical JPEG"
    JPEG_XL = "JPEG XL"
    VIDEO = "MPEG video"


UNREAD = {Kind.RARE_JPEG, Kind.JPEG_XL, Kind.VIDEO}
"""Kinds that are known and not decoded."""
RLE_HEADER = struct.Struct("<16I")
_PROCESSES = {
    jpeg.BASELINE: Kind.JPEG,
    jpeg.EXTENDED: Kind.JPEG,
    jpeg.PROGRESSIVE: Kind.JPEG,
    jpeg.LOSSLESS: Kind.LOSSLESS_JPEG,
    jpeg.JPEG_LS: Kind.JPEG_LS,
}
_BEGINNINGS = (
    (b"\xff\x0a", Kind.JPEG_XL),
    (b"\x00\x00\x00\x0cJXL ", Kind.JPEG_XL),
    (b"\x00\x00\x01\xb3", Kind.VIDEO),
    (b"\x00\x00\x00\x01", Kind.VIDEO),
    (b"\x00\x00\x01\xba", Kind.VIDEO),
)


@dataclass(frozen=True)
class Stream:
    """A compressed image that may be decoded.

    Attributes:
        kind: what it is.
        data: the stream and nothing behind it, with an end marker.
        width: samples in a line.
        height: lines.
        components: 1 for grey, 3 for colour.
        bits: of a sample.
        signed: whether the stream says that its samples are signed (JPEG 2000 only).
        transformed: whether colours are stored as YCbCr; None where the stream does not say.
        ended: whether the end marker was there.
    """

    kind: Kind
    data: bytes
    width: int
    height: int
    components: int
    bits: int
    signed: bool = False
    transformed: bool | None = None
    ended: bool = True


def kind_of(data: bytes) -> Kind | None:
    """Return what a compressed image is by how it begins; None where it is nothing known.

    Source: ITU-T T.81 B.1.1.3, T.87 C.1.1, T.800 A.4.1 and I.5.1, T.814 A.2; DICOM PS3.5 G.5 (RLE);
    ISO/IEC 18181-2 (JPEG XL), 13818-1 and 14496-10 (video).
    """
    if data.startswith(jpeg.START):
        process = jpeg.parsed(data).process
        return _PROCESSES.get(process, Kind.RARE_JPEG) if process else Kind.JPEG
    if data.startswith((jpeg2000.START, jpeg2000.BOX)):
        return _jpeg_2000(data).kind
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    return Kind.RLE if _is_rle(data) else None


def parsed(data: bytes) -> Stream:
    """Return what a JPEG, JPEG-LS or JPEG 2000 stream says of itself.

    Args:
        data: the stream, with anything behind it.

    Raises:
        errors.Refused: the stream ends before its header does, or, for JPEG 2000, before all of
            the image is there.
    """
    return _jpeg(data) if data.startswith(jpeg.START) else _jpeg_2000(data)


def bare(stream: Stream) -> bytes | None:
    """Return a stream with nothing but what decoding it needs: no comment, no thumbnail.

    Args:
        stream: one that was decoded.

    Returns:
        None where that cannot be told apart from the rest.
    """
    if stream.kind not in (Kind.JPEG_2000, Kind.HTJ2K):
        return jpeg.bare(stream.data)
    try:
        return jpeg2000.bare(stream.data)
    except ValueError:
        return None


def bare_run_lengths(data: bytes) -> bytes:
    """Return an RLE frame whose header says nothing but where its segments are (PS3.5 G.5)."""
    count, *offsets = RLE_HEADER.unpack_from(data)
    used = [*offsets[:count], *[0] * (len(offsets) - count)]
    return RLE_HEADER.pack(count, *used) + data[RLE_HEADER.size :]


def truncated(what: str = "the compressed image inside ends too early") -> errors.Refused:
    """Return the refusal of a file that was cut.

    Args:
        what: how that shows.
    """
    return errors.Refused(f"The file is truncated: {what}.", "", "Copy or export the film again.")


def _jpeg(data: bytes) -> Stream:
    found = jpeg.parsed(data)
    if not found.process:
        raise truncated()
    if found.end is None and (
        found.scanned < found.components or found.process == jpeg.PROGRESSIVE
    ):
        raise truncated()
    return Stream(
        kind=_PROCESSES.get(found.process, Kind.RARE_JPEG),
        data=data[: found.end] if found.end else data.rstrip(b"\xff") + jpeg.END,
        width=found.width,
        height=found.height,
        components=found.components,
        bits=found.bits,
        transformed=found.transformed,
        ended=found.end is not None,
    )


def _jpeg_2000(data: bytes) -> Stream:
    try:
        found = jpeg2000.parsed(jpeg2000.codestream(data))
    except (struct.error, IndexError) as error:
        raise truncated() from error
    if not found.stream:
        raise truncated()
    if found.subsampled:
        raise errors.Refused(
            "The compressed image inside has components of several sizes, which is not read.",
            "PixelData (7FE0,0010)",
            "Export the film uncompressed, or as lossless JPEG.",
        )
    return Stream(
        kind=Kind.HTJ2K if found.high_throughput else Kind.JPEG_2000,
        data=found.stream,
        width=found.width,
        height=found.height,
        components=found.components,
        bits=found.bits,
        signed=found.signed,
        ended=found.ended,
    )


def _is_rle(data: bytes) -> bool:
    """An RLE header counts 1 to 15 segments, the first of which follows it (PS3.5 G.5)."""
    if len(data) < RLE_HEADER.size:
        return False
    count, *offsets = RLE_HEADER.unpack_from(data)
    return 1 <= count <= 15 and offsets[0] == RLE_HEADER.size
