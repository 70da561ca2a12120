"""What a JPEG or JPEG-LS stream says of itself, read without decoding it (ITU-T T.81, T.87)."""

import re
import struct
from dataclasses import dataclass

START = b"\xff\xd8"
END = b"\xff\xd9"
BASELINE, EXTENDED, PROGRESSIVE, LOSSLESS, JPEG_LS = 0xC0, 0xC1, 0xC2, 0xC3, 0xF7
"""Start-of-frame markers of the processes that are decoded."""
_STARTS_OF_FRAME = {*range(0xC0, 0xD0), JPEG_LS} - {0xC4, 0xC8, 0xCC}
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_START_OF_SCAN, _END_OF_IMAGE, _APP14 = 0xDA, 0xD9, 0xEE
_OF_THE_PICTURE = _STARTS_OF_FRAME | {0xC4, 0xDA, 0xDB, 0xDC, 0xDD, 0xF8}
"""Frames, scans, their tables (DHT, DQT), number of lines, restart interval and presets (LSE)."""
_ADOBE_BYTES = 12
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
"""A marker in or behind coded data, where FF is followed by 00 (JPEG) or by less than 80 (JPEG-LS)
unless it begins one, and restart markers (D0 to D7) belong to the data (T.81 B.1.1.5, T.87 A.1)."""


@dataclass
class Jpeg:
    """What a stream says of itself.

    Attributes:
        process: its start-of-frame marker; 0 where the stream ends before it.
        width: samples in a line.
        height: lines.
        bits: of a sample.
        components: 1 for grey, 3 for colour.
        ids: a byte for each component.
        transformed: whether colours are stored as YCbCr, by an Adobe or JFIF marker or the
            components' ids; None where the stream says nothing.
        scanned: components of the scans that were begun.
        end: where the end marker ends; None where there is none.
    """

    process: int = 0
    width: int = 0
    height: int = 0
    bits: int = 0
    components: int = 0
    ids: bytes = b""
    transformed: bool | None = None
    scanned: int = 0
    end: int | None = None


def parsed(data: bytes) -> Jpeg:
    """Walk through a stream's segments, as far as they go.

    Args:
        data: begins with the start marker; anything may follow the end marker.

    Source: ITU-T T.81 B.1 and B.2.2 (SOFn), T.87 C.2.2 (SOF55), T.872 6.5.3 (Adobe).
    """
    found = Jpeg()
    position = len(START)
    while (marker := _MARKER.search(data, position)) is not None:
        code, position = data[marker.end() - 1], marker.end()
        if code == _END_OF_IMAGE:
            found.end = position
            break
        if code in _STANDALONE:
            continue
        segment = _segment(data, position)
        if segment is None:
            break
        _take(found, code, segment)
        position += 2 + len(segment)
    if found.transformed is None and found.ids == b"RGB":
        found.transformed = False
    return found


def _segment(data: bytes, position: int) -> bytes | None:
    """Return a segment behind its length; None where the stream ends before it does."""
    if position + 2 > len(data):
        return None
    (length,) = struct.unpack_from(">H", data, position)
    whole = length >= 2 and position + length <= len(data)
    return data[position + 2 : position + length] if whole else None


def _take(found: Jpeg, code: int, segment: bytes) -> None:
    if code in _STARTS_OF_FRAME and not found.process and len(segment) >= 6:
        found.bits, found.height, found.width, found.components = struct.unpack_from(
            ">BHHB", segment
        )
        found.process, found.ids = code, segment[6::3][: found.components]
    elif code == _START_OF_SCAN and segment:
        found.scanned += segment[0]
    elif code == _APP14 and segment.startswith(b"Adobe") and len(segment) >= _ADOBE_BYTES:
        found.transformed = segment[_ADOBE_BYTES - 1] != 0
    elif segment.startswith(b"JFIF\0") and found.transformed is None:
        found.transformed = True


def bare(data: bytes) -> bytes:
    """Return a stream with nothing but what decoding it needs.

    Segments that hold no part of the picture (APPn, COM and whatever is not known) are left out,
    wherever they stand.

    Args:
        data: a whole stream.

    Source: ITU-T T.81 B.2, T.87 C.2.
    """
    kept, begin, position = [], 0, len(START)
    while (marker := _MARKER.search(data, position)) is not None:
        code, position = data[marker.end() - 1], marker.end()
        if code == _END_OF_IMAGE:
            break
        if code in _STANDALONE:
            continue
        segment = _segment(data, position)
        if segment is None:
            break
        position += 2 + len(segment)
        if code not in _OF_THE_PICTURE:
            kept.append(data[begin : marker.start()])
            begin = position
    return b"".join([*kept, data[begin:position]])
