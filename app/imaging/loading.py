"""From the bytes of a DICOM file to a dataset: what is there, where it was cut, what it lacks.

The header is parsed by pydicom; the element with the pixels is found behind it and taken as it
stands, so that a file that was cut in copying keeps what is left of it.
"""

import mmap
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from pydicom import config, dcmread
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset, read_file_meta_info
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from app import errors
from app.imaging.codestream import truncated
from app.imaging.limits import LIMITS, Limits

config.settings.reading_validation_mode = config.IGNORE
config.settings.writing_validation_mode = config.IGNORE

PIXELS = 0x7FE00010
_FLOATING = (0x7FE00008, 0x7FE00009)
_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = (b"OB", b"OW", b"UN", b"OD", b"OF")
_LONG_HEADER, _SHORT_HEADER = 12, 8
_GROUPS = (0x0002, 0x0008, 0x0010, 0x0018, 0x0020, 0x0028)
"""Of the standard's attributes that stand in front of an image."""
_META_BEGINS = 132
BEGINNINGS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
"""How file meta or a dataset begins: group 2 or 8, in either byte order."""
_META_GROUP = b"\x02\x00"


def load(path: Path, limits: Limits = LIMITS, with_pixels: bool = True) -> Dataset:
    """Read a DICOM file.

    Args:
        path: the file.
        limits: how much a deflated file may unpack to.
        with_pixels: false where the header is enough.

    Returns:
        The dataset, with a transfer syntax in its file meta. Pixel Data is as the file has it,
        as far as it goes, and missing where the file has none.

    Raises:
        errors.Refused: the file is damaged, was cut in its header, or unpacks to too much.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        _check_start(data)
        dataset, body, whole = _header(path, data, limits)
        if "TransferSyntaxUID" not in dataset.file_meta:
            dataset.file_meta.TransferSyntaxUID = _syntax(*dataset.original_encoding)
        _check_end(dataset)
        if with_pixels:
            _take_pixels(dataset, body)
        if with_pixels and not whole and PIXELS not in dataset:
            raise truncated("it ends within its header")
    return dataset


def _check_start(data: mmap.mmap) -> None:
    start = data[_META_BEGINS : _META_BEGINS + 2]
    if data[128:132] == b"DICM" and len(start) == 2 and start not in BEGINNINGS:
        raise _no_dicom()


def _header(path: Path, data: mmap.mmap, limits: Limits) -> tuple[FileDataset, BinaryIO, bool]:
    """Return the header, what stands in front of the pixels, and whether nothing is missing."""
    meta = _meta(path) if data[128:132] == b"DICM" else FileMetaDataset()
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        with _parsing(cast(BinaryIO, data)):
            dataset = dcmread(cast(BinaryIO, data), stop_before_pixels=True, force=True)
        return dataset, cast(BinaryIO, data), True
    body, whole = _inflated(data[_behind_meta(data) :], limits)
    file = BytesIO(body)
    with _parsing(file):
        found = read_dataset(file, False, True, stop_when=_at_pixels)
    dataset = FileDataset(file, found, None, meta, False, True)
    dataset.set_original_encoding(False, True, "utf-8")
    return dataset, file, whole


def _meta(path: Path) -> FileMetaDataset:
    """Read the file meta; what is wrong with it shows when the whole header is read."""
    try:
        return read_file_meta_info(path)
    except Exception:
        return FileMetaDataset()


@contextmanager
def _parsing(file: BinaryIO) -> Iterator[None]:
    """Refuse what pydicom cannot parse: cut where it came to the end of the file, else damaged."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # whatever pydicom raises here, it raises for the file's bytes
        at_end = isinstance(error, EOFError) or not file.read(1)
        if at_end and not isinstance(error, RecursionError):
            raise truncated("it ends within its header") from error
        raise errors.Refused(
            "The file is damaged: its header cannot be read.",
            "",
            "Copy or export the film again.",
        ) from error


def _behind_meta(data: mmap.mmap) -> int:
    """Return where the dataset begins, which may be deflated (PS3.10 7.1, PS3.5 A.5)."""
    position = _META_BEGINS
    while data[position : position + 2] == _META_GROUP:
        length = struct.unpack("<H", data[position + 6 : position + 8])[0]
        if data[position + 4 : position + 6] in _LONG_VRS:
            length = 4 + struct.unpack("<I", data[position + 8 : position + 12])[0]
        position += 8 + length
    return position


def _inflated(packed: bytes, limits: Limits) -> tuple[bytes, bool]:
    """Unpack a deflated dataset as far as it goes; also tell whether its end was there."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = unpacker.decompress(packed, limits.file_bytes + 1)
    except zlib.error as error:
        raise errors.Refused(
            "The file is damaged: it cannot be unpacked.", "", "Copy or export the film again."
        ) from error
    limits.check_bytes(len(body))
    return body, unpacker.eof


def _at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
    return tag == PIXELS or tag in _FLOATING


def _check_end(dataset: Dataset) -> None:
    """Refuse a file that ends within the value of an element of its header.

    A file in which nothing is known to the standard is no film that was cut, but noise.
    """
    last = next(reversed(list(dataset.keys())), None)
    raw = dataset.get_item(last) if last is not None else None
    if not isinstance(raw, RawDataElement) or raw.length == _UNDEFINED:
        return
    if len(raw.value or b"") < raw.length:
        if not any(tag.group in _GROUPS for tag in (*dataset.keys(), *dataset.file_meta.keys())):
            raise _no_dicom()
        raise truncated("it ends within its header")


def _no_dicom() -> errors.Refused:
    return errors.Refused(
        "The file is damaged: what follows its first bytes is no DICOM.",
        "",
        "Copy or export the film again.",
    )


def _take_pixels(dataset: Dataset, body: BinaryIO) -> None:
    """Add the element in front of which the parser stopped, with what is there of its value."""
    position, order = body.tell(), "<" if dataset.original_encoding[1] is not False else ">"
    start = body.read(_LONG_HEADER)
    if len(start) < _SHORT_HEADER:
        return
    group, number, vr = struct.unpack(f"{order}HH2s", start[:6])
    if group << 16 | number in _FLOATING:
        raise errors.Refused(
            "The pixels are floating-point numbers, which are not read.",
            "",
            "Export the film again with 8 to 16 bits a pixel.",
        )
    if group << 16 | number != PIXELS:
        return
    header = _LONG_HEADER if vr in _LONG_VRS else _SHORT_HEADER
    length = start[header - 4 : header]
    if len(length) < 4:
        raise truncated("it ends where its pixels begin")
    body.seek(position + header)
    size = struct.unpack(f"{order}I", length)[0]
    value = body.read() if size == _UNDEFINED else body.read(size)
    if size and not value:
        raise truncated("it ends where its pixels begin")
    dataset.add(
        DataElement(
            PIXELS,
            "OB" if vr == b"OB" or size == _UNDEFINED else "OW",
            value,
            is_undefined_length=size == _UNDEFINED,
        )
    )


def _syntax(implicit: bool | None, little: bool | None) -> UID:
    """Name the transfer syntax pydicom found by looking, for files that do not say."""
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian
