"""What a JPEG 2000 stream says of itself, read without decoding it (ITU-T T.800, T.814)."""

import struct
from dataclasses import dataclass

START = b"\xff\x4f\xff\x51"
BOX = b"\x00\x00\x00\x0cjP  "
END = b"\xff\xd9"
_START_OF_TILE_PART, _EXTENDED = b"\xff\x90", b"\xff\x50"
_TILE_PART_HEADER = 12
_START_OF_DATA = b"\xff\x93"
_SEGMENTS = range(0x50, 0x70)
_OF_THE_PICTURE = {0x51, 0x50, 0x59, 0x56, 0x52, 0x53, 0x5E, 0x5C, 0x5D, 0x5F, 0x60, 0x61}
"""Segments that decoding needs: SIZ, CAP, CPF, PRF, COD, COC, RGN, QCD, QCC, POC, PPM and PPT.
Others are comments (COM) or tell where packets lie (TLM, PLM, PLT), which is found without them."""


@dataclass
class Jpeg2000:
    """What a stream says of itself.

    Attributes:
        width: samples in a line.
        height: lines.
        components: 1 for grey, 3 for colour.
        bits: of a sample of the first component.
        signed: whether these samples are signed (Ssiz).
        subsampled: whether any component has fewer samples than the image.
        high_throughput: whether it is coded by T.814 (it has a CAP segment).
        stream: the main header, the tile-parts and the end marker, without what lies between
            them; empty where the stream ends before all tile-parts are there.
        ended: whether the end marker was there.
    """

    width: int
    height: int
    components: int
    bits: int
    signed: bool
    subsampled: bool
    high_throughput: bool
    stream: bytes
    ended: bool


def codestream(data: bytes) -> bytes:
    """Return the codestream of a JP2 file (T.800 I.4), or the data where it is one itself.

    Raises:
        struct.error: the data ends before the codestream begins.
    """
    position = 0
    while data.startswith(BOX) and not data.startswith(START, position):
        length, kind = struct.unpack_from(">I4s", data, position)
        header = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, position + 8)
            header = 16
        position += header if kind == b"jp2c" else max(length, header)
    return data[position:]


def parsed(data: bytes) -> Jpeg2000:
    """Read the main header and walk through the tile-parts.

    Args:
        data: a codestream, from its start marker on.

    Raises:
        struct.error: the data ends before the main header does.

    Source: ITU-T T.800 A.5.1 (SIZ), A.4.2 (SOT); T.814 A.2 (CAP).
    """
    right, bottom, left, top = struct.unpack_from(">4I", data, 8)
    (components,) = struct.unpack_from(">H", data, 40)
    sizes = [struct.unpack_from(">3B", data, 42 + 3 * number) for number in range(components)]
    begin, high_throughput = _main_header(data)
    stream, ended = _whole(data, begin, _tiles(data))
    return Jpeg2000(
        width=right - left,
        height=bottom - top,
        components=components,
        bits=(sizes[0][0] & 0x7F) + 1 if sizes else 0,
        signed=bool(sizes and sizes[0][0] & 0x80),
        subsampled=any(size[1:] != (1, 1) for size in sizes),
        high_throughput=high_throughput,
        stream=stream,
        ended=ended,
    )


def bare(stream: bytes) -> bytes:
    """Return a stream with nothing but what decoding it needs.

    Args:
        stream: as `Jpeg2000.stream` is: main header, tile-parts, end marker.

    Raises:
        ValueError: a header holds something that is no segment.

    Source: ITU-T T.800 A.2 (which segments there are), A.4.2 (Psot).
    """
    pieces, position = _segments(stream, 2, _START_OF_TILE_PART)
    pieces.insert(0, stream[:2])
    while stream.startswith(_START_OF_TILE_PART, position):
        (length,) = struct.unpack_from(">I", stream, position + 6)
        behind = position + length if length else len(stream) - len(END)
        pieces += _tile_part(stream, position, behind)
        position = behind
    return b"".join([*pieces, END])


def _tile_part(stream: bytes, position: int, behind: int) -> list[bytes]:
    """Return a tile-part in pieces, its length being that of what is left of it."""
    first = position + _TILE_PART_HEADER
    kept, begin = _segments(stream, first, _START_OF_DATA)
    length = _TILE_PART_HEADER + sum(map(len, kept)) + behind - begin
    start = stream[position : position + 6] + struct.pack(">I", length)
    return [start, stream[position + 10 : first], *kept, stream[begin:behind]]


def _segments(stream: bytes, position: int, until: bytes) -> tuple[list[bytes], int]:
    """Return the segments of a header that decoding needs, and where it ends."""
    kept = []
    while not stream.startswith(until, position):
        header = stream[position : position + 4]
        length = int.from_bytes(header[2:])
        if len(header) < 4 or header[0] != 0xFF or header[1] not in _SEGMENTS or length < 2:
            raise ValueError("this is no segment")
        behind = position + 2 + length
        if header[1] in _OF_THE_PICTURE:
            kept.append(stream[position:behind])
        position = behind
    return kept, position


def _tiles(data: bytes) -> int:
    """Return how many tiles the image is cut into (T.800 B.3)."""
    right, bottom, _, _, width, height, left, top = struct.unpack_from(">8I", data, 8)
    return -(-(right - left) // max(width, 1)) * -(-(bottom - top) // max(height, 1))


def _main_header(data: bytes) -> tuple[int, bool]:
    """Return where the first tile-part begins, and whether a CAP segment comes before it."""
    position, extended = 2, False
    while not data.startswith(_START_OF_TILE_PART, position):
        (length,) = struct.unpack_from(">H", data, position + 2)
        extended |= data.startswith(_EXTENDED, position)
        position += 2 + length
    return position, extended


def _whole(data: bytes, begin: int, tiles: int) -> tuple[bytes, bool]:
    """Return the stream without the segments that some encoders put between or behind tile-parts,
    and whether it has its end marker.

    A stream that ends without its end marker is whole where every tile has all the parts it says
    it has.
    """
    parts, counted = [data[:begin]], _Counted(tiles)
    position = begin
    while data[position : position + 2] not in (END, b"", b"\xff"):
        if not data.startswith(_START_OF_TILE_PART, position):
            position = _behind(data, position)
            continue
        if position + _TILE_PART_HEADER > len(data):
            return b"", False
        tile, length, part, of = struct.unpack_from(">HIBB", data, position + 4)
        behind = position + length if length else _last_end(data, position)
        if behind > len(data) or behind < position + _TILE_PART_HEADER:
            return b"", False
        counted.take(tile, part, of)
        parts.append(data[position:behind])
        position = behind
    ended = data.startswith(END, position)
    whole = ended or counted.complete()
    return b"".join([*parts, END]) if whole else b"", ended


class _Counted:
    """The tile-parts that were met, and how many there have to be."""

    def __init__(self, tiles: int) -> None:
        self._tiles = tiles
        self._met: dict[int, set[int]] = {}
        self._wanted: dict[int, int] = {}

    def take(self, tile: int, part: int, of: int) -> None:
        self._met.setdefault(tile, set()).add(part)
        self._wanted[tile] = max(of, self._wanted.get(tile, 0))

    def complete(self) -> bool:
        return len(self._met) == self._tiles and all(
            0 < self._wanted[tile] <= len(parts) for tile, parts in self._met.items()
        )


def _behind(data: bytes, position: int) -> int:
    """Return where a segment between tile-parts ends; past the data's end where it is cut."""
    if position + 4 > len(data) or data[position] != 0xFF:
        return len(data)
    return position + 2 + int(struct.unpack_from(">H", data, position + 2)[0])


def _last_end(data: bytes, position: int) -> int:
    """The last tile-part may leave its length open: it reaches to the end marker (A.4.2)."""
    found = data.rfind(END, position)
    return found if found >= 0 else len(data) + 1
