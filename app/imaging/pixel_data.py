"""The value of Pixel Data as it stands in the file: plain samples, or the frame of an image.

Compressed images come in fragments (DICOM PS3.5 A.4). Where a file was cut in copying, what is left
of them is returned; whether the image in them is whole, the image itself says.
"""

import struct

from pydicom.dataelem import DataElement

ITEM = b"\xfe\xff\x00\xe0"
_DELIMITER = b"\xfe\xff\xdd\xe0"
_HEADER = struct.Struct("<4sI")


def is_in_fragments(element: DataElement) -> bool:
    """Whether a Pixel Data element holds fragments, whatever the transfer syntax says."""
    return bool(element.is_undefined_length) or element.value.startswith(ITEM)


def frame(value: bytes) -> tuple[bytes, bool]:
    """Put the fragments of a single frame together.

    Args:
        value: from the first item on, which is the Basic Offset Table.

    Returns:
        The frame, and whether the delimiter that ends the fragments is there.

    Source: DICOM PS3.5 A.4. The table is not needed to find a single frame; writers that leave it
    out are told by its first offset, which is 0.
    """
    items, ended = _items(value)
    without_table = bool(items) and not items[0].startswith(b"\0\0\0\0") and items[0] != b""
    return b"".join(items if without_table else items[1:]), ended


def _items(value: bytes) -> tuple[list[bytes], bool]:
    """Return the items as far as they go, of which the last may be cut."""
    items: list[bytes] = []
    position = 0
    while position + _HEADER.size <= len(value):
        tag, length = _HEADER.unpack_from(value, position)
        if tag != ITEM:
            return items, tag == _DELIMITER
        position += _HEADER.size
        items.append(value[position : position + length])
        position += length
    return items, False
