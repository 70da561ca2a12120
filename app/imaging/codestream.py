"""What a compressed image says of its own size, read without decoding it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from app import errors

JPEG = b"\xff\xd8"
JPEG_2000 = b"\xff\x4f\xff\x51"
JP2_BOX = b"\x00\x00\x00\x0cjP  "
END_OF_IMAGE = b"\xff\xd9"
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Size:
    """What the codestream declares.

    Attributes:
        width: samples in a line.
        height: lines.
        components: 1 for grey, 3 for colour.
    """

    width: int
    height: int
    components: int


def declared_size(data: bytes) -> Size:
    """Return the size a JPEG, JPEG-LS or JPEG 2000 codestream declares in its header.

    Args:
        data: the codestream, with or without padding after it.

    Returns:
        The size the decoder would allocate memory for.

    Raises:
        errors.Refused: the data is none of these, or ends before its header does.

    Source: ITU-T T.81 B.2.2 (SOFn), T.87 C.2.2 (SOF55), T.800 A.5.1 (SIZ).
    """
    try:
        if data.startswith(JPEG):
            return _jpeg(data)
        start = data.find(JPEG_2000) if data.startswith(JP2_BOX) else 0
        if start >= 0 and data.startswith(JPEG_2000, start):
            return _jpeg_2000(data, start)
    except (struct.error, IndexError) as error:
        raise _truncated() from error
    raise errors.Refused(
        "The compressed image inside the file is damaged: it has no header.",
        "pixel data",
        "Export the film again.",
    )


def is_complete(data: bytes) -> bool:
    """Whether a codestream reaches its end marker (EOI, or EOC in JPEG 2000).

    Encoders pad after it with 00 or FF. The marker cannot occur inside the coded data
    (T.81 B.1.1.5, T.800 A.1), so it may be looked for in the last bytes.
    """
    return END_OF_IMAGE in data[-64:]


def _jpeg(data: bytes) -> Size:
    for marker, position in _segments(data):
        if marker in _START_OF_FRAME:
            height, width, components = struct.unpack_from(">HHB", data, position + 3)
            return Size(width, height, components)
    raise _truncated()


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield each marker before the scan, and where its segment's length stands."""
    position = 2
    while True:
        while data[position] != 0xFF:
            position += 1
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker in _STANDALONE:
            continue
        if marker == 0xDA:
            return
        yield marker, position
        position += struct.unpack_from(">H", data, position)[0]


def _jpeg_2000(data: bytes, start: int) -> Size:
    right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
    (components,) = struct.unpack_from(">H", data, start + 40)
    return Size(right - left, bottom - top, components)


def _truncated() -> errors.Refused:
    return errors.Refused(
        "The file is truncated: the compressed image inside ends too early.",
        "pixel data",
        "Export the film again, or copy the file again.",
    )
