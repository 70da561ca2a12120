"""The parts of a multipart body, each written to a file as it comes: none is ever in memory.

python-multipart finds where parts begin and end; how large one may be, and what becomes of one that
is larger or finds no room, is told here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from app import errors
from app.imaging.storage import refusing_a_full_disk, require_room
from app.receiving.place import Place
from app.texts import _

OBJECT = "application/dicom"


@dataclass
class Part:
    """One part of a body.

    Attributes:
        path: its file.
        kind: its media type, in lower case; empty where it states none.
        size: in bytes, as far as it was kept.
        fault: why it was not kept whole, a key of `tallies.WORDS`; empty where it was.
    """

    path: Path
    kind: str = ""
    size: int = 0
    fault: str = ""


class Parts:
    """Takes a body piece by piece, and gives its parts.

    Args:
        boundary: between parts, as the body's media type states it.
        place: where they are written for the moment.
        largest: bytes that one may have.
        reserve: bytes of the disk that stay free.
    """

    def __init__(self, boundary: str, place: Place, largest: int, reserve: int) -> None:
        self._place, self._largest, self._reserve = place, largest, reserve
        self._part: Part | None = None
        self._file: BinaryIO | None = None
        self._field = self._value = b""
        self._whole: list[Part] = []
        self.ended = False
        """Whether the last boundary has come."""
        self._parser = MultipartParser(
            boundary.encode("latin-1"),
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_field,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_part_data": self._write,
                "on_part_end": self._end,
                "on_end": self._on_last,
            },
        )

    def write(self, piece: bytes) -> list[Part]:
        """Take a piece of the body; return the parts that end in it. Their files are the caller's.

        Raises:
            errors.Refused: it is no such body.
        """
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise errors.Refused(
                _("The parts of the request cannot be told apart."),
                _("the request's body"),
                _("Send it as multipart/related, each object after the boundary it states."),
            ) from error
        whole, self._whole = self._whole, []
        return whole

    def close(self) -> None:
        """Remove what has not ended, or was not handed out."""
        if self._file is not None:
            self._file.close()
        for part in [*self._whole, *([self._part] if self._part else [])]:
            part.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._part = Part(self._place.scratch())
        self._file = self._part.path.open("xb")

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        if self._part is not None and self._field.lower() == b"content-type":
            kind = self._value.partition(b";")[0]
            self._part.kind = kind.decode("latin-1").strip().lower()
        self._field = self._value = b""

    def _write(self, data: bytes, start: int, end: int) -> None:
        part, file = self._part, self._file
        assert part is not None
        assert file is not None
        if part.fault:
            return  # what follows of it is passed over
        if part.size + end - start > self._largest:
            part.fault = "film_size"
            return
        try:
            require_room(self._place.folder, end - start, self._reserve)
            with refusing_a_full_disk(self._place.folder, end - start):
                file.write(memoryview(data)[start:end])
        except errors.Refused:
            part.fault = "room"
        part.size += end - start

    def _end(self) -> None:
        assert self._part is not None
        assert self._file is not None
        try:
            with refusing_a_full_disk(self._place.folder, 0):
                self._file.close()
        except errors.Refused:
            self._part.fault = "room"
        self._whole.append(self._part)
        self._part = self._file = None

    def _on_last(self) -> None:
        self.ended = True
