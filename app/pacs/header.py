"""Which film a DICOM file says it is: the few attributes by which it is compared with what was
asked for.

Nothing is decoded and no library looks into the file: elements are stepped over one after the
other, up to those that are wanted (PS3.5 7.1, PS3.10 7.1). What cannot be stepped over is no film.
"""

import mmap
import struct
import zlib
from dataclasses import dataclass

LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR"})
LONG |= {b"UT", b"UV"}
"""Value representations whose length has four bytes (PS3.5 7.1.2)."""
IMPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
UNDEFINED = 0xFFFFFFFF
SOP_CLASS, INSTANCE, PATIENT, STUDY = 0x00080016, 0x00080018, 0x00100020, 0x0020000D
SYNTAX, META_LENGTH = 0x00020010, 0x00020000
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
LONGEST = 2**20
"""Bytes of a deflated dataset in which the attributes have to come."""
LONGEST_TEXT = 256
"""Bytes of a patient ID: 64 letters, in any encoding."""
DEEPEST = 64
MOST_ELEMENTS = 100_000
"""That are stepped over; a film has some hundred before its pixels."""
File = bytes | mmap.mmap


class NoFilm(ValueError):
    """A file is no DICOM file, or cannot be stepped through."""


@dataclass(frozen=True)
class Header:
    """What a file says it is.

    Attributes:
        syntax: its transfer syntax.
        begins: where its dataset begins, behind the file's meta information, in bytes.
        sop_class, instance, patient, study: of the dataset; "" where it has none.
    """

    syntax: str
    begins: int
    sop_class: str
    instance: str
    patient: str
    study: str


def header_of(file: File) -> Header:
    """Read the header of a file, of which little is copied.

    Raises:
        NoFilm: it is no DICOM file.
    """
    if file[128:132] != b"DICM":
        raise NoFilm("no DICM")
    try:
        syntax, begins = _meta(file)
        found = _dataset(file, syntax, begins).until(STUDY)
    except (struct.error, zlib.error) as error:
        raise NoFilm("the file ends within an element") from error
    texts = {tag: value.decode("latin-1").strip("\0 ") for tag, value in found.items()}
    named = (texts.get(tag, "") for tag in (SOP_CLASS, INSTANCE, PATIENT, STUDY))
    return Header(syntax, begins, *named)


def _meta(file: File) -> tuple[str, int]:
    """Return the transfer syntax, and where the dataset begins."""
    tag, length, begins, _ = _Walk(file, "", 132).element()
    if tag != META_LENGTH or length != 4:
        raise NoFilm("no meta information")
    end = begins + 4 + int(struct.unpack_from("<I", file, begins)[0])
    if end > len(file):
        raise NoFilm("the meta information is longer than the file")
    found = _Walk(file, "", begins + 4, end).until(SYNTAX)
    if SYNTAX not in found:
        raise NoFilm("no transfer syntax")
    return found[SYNTAX].decode("latin-1").strip("\0 "), end


def _dataset(file: File, syntax: str, begins: int) -> "_Walk":
    if syntax == DEFLATED:
        packed = file[begins : begins + LONGEST]
        plain = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, LONGEST)
        return _Walk(plain, syntax)
    return _Walk(file, syntax, begins)


class _Walk:
    """Steps from element to element.

    Args:
        data: what is stepped through.
        syntax: how it is encoded; "" for that of the meta information.
        place: where to begin, in bytes.
        end: where to stop; None: at the end of the data.
    """

    def __init__(self, data: File, syntax: str, place: int = 0, end: int | None = None) -> None:
        self._data, self._place = data, place
        self._end = len(data) if end is None else end
        self._steps = 0
        self._order = ">" if syntax == BIG_ENDIAN else "<"
        self._implicit = syntax == IMPLICIT

    def until(self, last: int) -> dict[int, bytes]:
        """Return the values of the elements up to a tag that have one that is short enough."""
        found: dict[int, bytes] = {}
        while self._place < self._end:
            tag, length, begins, unknown = self.element()
            if tag > last:
                break
            if length == UNDEFINED:
                self._over_items(unknown)
                continue
            if begins + length > self._end:
                raise NoFilm("an element is longer than the file")
            if length <= LONGEST_TEXT:
                found[tag] = self._data[begins : begins + length]
            self._place = begins + length
        return found

    def element(self) -> tuple[int, int, int, bool]:
        """Return the element here, and go to its value.

        Returns:
            Its tag, its length, where its value begins, and whether its type is unknown: the items
            of such a sequence are in implicit VR (PS3.5 6.2.2).
        """
        self._steps += 1
        if self._steps > MOST_ELEMENTS:
            raise NoFilm("too many elements")
        group, number = struct.unpack_from(f"{self._order}HH", self._data, self._place)
        place, kind, unknown = self._place + 4, "I", False
        if not (self._implicit or group == 0xFFFE):
            vr = self._data[place : place + 2]
            unknown = vr == b"UN"
            place, kind = (place + 4, "I") if vr in LONG else (place + 2, "H")
        length = struct.unpack_from(f"{self._order}{kind}", self._data, place)[0]
        self._place = place + (4 if kind == "I" else 2)
        return group << 16 | number, length, self._place, unknown

    def _over_items(self, unknown: bool) -> None:
        """Step over the items of a sequence whose length is not told; they may hold such, too."""
        outside = self._implicit
        within = [outside or unknown]
        while within:
            self._implicit = within[-1]
            tag, length, begins, unknown = self.element()
            if tag in (ITEM_END, SEQUENCE_END):
                within.pop()
            elif length == UNDEFINED:
                within.append(self._implicit or unknown)
            else:
                self._place = begins + length
            if len(within) > DEEPEST or self._place > self._end:
                raise NoFilm("a sequence does not end")
        self._implicit = outside
