"""How films that are taken may be encoded, and what stands in front of one in its file.

No library looks at a film here, since the web process takes films, too.
"""

import struct

SYNTAXES: tuple[str, ...] = (
    "1.2.840.10008.1.2.1",  # Explicit VR Little Endian
    "1.2.840.10008.1.2",  # Implicit VR Little Endian
    "1.2.840.10008.1.2.4.70",  # JPEG lossless, first-order prediction
    "1.2.840.10008.1.2.4.57",  # JPEG lossless
    "1.2.840.10008.1.2.4.80",  # JPEG-LS lossless
    "1.2.840.10008.1.2.4.90",  # JPEG 2000 lossless
    "1.2.840.10008.1.2.4.201",  # HTJ2K lossless
    "1.2.840.10008.1.2.4.202",  # HTJ2K lossless, RPCL
    "1.2.840.10008.1.2.5",  # RLE lossless
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.51",  # JPEG extended, 12 bits
    "1.2.840.10008.1.2.4.81",  # JPEG-LS near lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000
    "1.2.840.10008.1.2.4.203",  # HTJ2K
    "1.2.840.10008.1.2.1.99",  # Deflated Explicit VR Little Endian
    "1.2.840.10008.1.2.2",  # Explicit VR Big Endian
)
"""In the order in which one is chosen of those a sender offers in one context: explicit before
implicit, in which private elements lose their types; plain before compressed, and lossless before
lossy. A sender that offers a compressed one in a context of its own gets it."""
IMPLEMENTATION = "2.25.231270843107563520411968373206163072241"
"""Of the file's meta information: always the same, so that the same film is the same file."""
VERSION_NAME = "CONDYLE "
"""With the blank that makes its length even."""


def beginning_of(sop_class_uid: str, instance_uid: str, syntax: str) -> bytes:
    """Return what stands in front of a dataset in its file: preamble and meta information.

    It says nothing of when or by whom it was sent (PS3.10 7.1).
    """
    elements = (
        _element(0x01, b"OB\0\0", struct.pack("<I", 2) + b"\0\1"),
        _uid(0x02, sop_class_uid),
        _uid(0x03, instance_uid),
        _uid(0x10, syntax),
        _uid(0x12, IMPLEMENTATION),
        _element(0x13, b"SH", _short(VERSION_NAME.encode())),
    )
    meta = b"".join(elements)
    length = _element(0x00, b"UL", _short(struct.pack("<I", len(meta))))
    return b"\0" * 128 + b"DICM" + length + meta


def _element(number: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH", 0x0002, number) + vr + value


def _short(value: bytes) -> bytes:
    return struct.pack("<H", len(value)) + value


def _uid(number: int, uid: str) -> bytes:
    value = uid.encode("ascii")
    return _element(number, b"UI", _short(value + b"\0" * (len(value) % 2)))
