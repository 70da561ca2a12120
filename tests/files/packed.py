"""One small film, packed in every way that is read."""

from collections.abc import Callable

import imagecodecs
import numpy as np
from files import bad_films
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

_ROW, _COLUMN = np.mgrid[0:64, 0:48]
TWELVE = np.clip(
    40 * _COLUMN + 30 * _ROW + np.random.default_rng(0).integers(0, 60, (64, 48)), 0, 4095
).astype(np.uint16)
"""The film: 12 bits a pixel, with enough noise that no line is like another."""
EIGHT = (TWELVE >> 4).astype(np.uint8)
EXACT = {
    "plain": uid.ExplicitVRLittleEndian,
    "implicit": uid.ImplicitVRLittleEndian,
    "big endian": uid.ExplicitVRBigEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
    "RLE": uid.RLELossless,
    "lossless JPEG": uid.JPEGLosslessSV1,
    "JPEG-LS": uid.JPEGLSLossless,
    "JPEG 2000": uid.JPEG2000Lossless,
    "HTJ2K": uid.HTJ2KLossless,
}
"""Ways that keep every value of `TWELVE`."""
LOSSY = {"JPEG": uid.JPEGBaseline8Bit, "12-bit JPEG": uid.JPEGExtended12Bit}
ENCODERS: dict[str, Callable[[NDArray[np.generic]], bytes]] = {
    "lossless JPEG": lambda pixels: imagecodecs.ljpeg_encode(
        pixels, bitspersample=8 * pixels.dtype.itemsize if pixels.dtype == np.uint8 else 12
    ),
    "JPEG-LS": imagecodecs.jpegls_encode,
    "JPEG 2000": lambda pixels: imagecodecs.jpeg2k_encode(
        pixels, codecformat="j2k", reversible=True, level=0
    ),
    "HTJ2K": lambda pixels: imagecodecs.htj2k_encode(pixels, reversible=True),
    "JPEG": lambda pixels: imagecodecs.jpeg8_encode((pixels >> 4).astype(np.uint8), level=95),
    "12-bit JPEG": lambda pixels: imagecodecs.jpeg8_encode(pixels, level=95, bitspersample=12),
}


def dataset(how: str, pixels: NDArray[np.generic] = TWELVE, **attributes: object) -> Dataset:
    """The film as a dataset; keyword arguments replace or add attributes."""
    made = bad_films.good(**attributes)
    made.Rows, made.Columns = pixels.shape[:2]
    made.file_meta.TransferSyntaxUID = (EXACT | LOSSY)[how]
    if how in ENCODERS:
        return around(made, ENCODERS[how](pixels))
    made.PixelData = pixels.astype(">u2" if how == "big endian" else "<u2").tobytes()
    made["PixelData"].VR = "OW"
    if how == "RLE":
        made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
        made.compress(uid.RLELossless, generate_instance_uid=False)
    return made


def around(made: Dataset, *fragments: bytes, table: bool = False) -> Dataset:
    """Put a codestream, in one fragment or several, into a dataset."""
    made.PixelData = encapsulate([b"".join(fragments)], len(fragments), has_bot=table)
    if len(fragments) > 1:
        empty = b"\xfe\xff\x00\xe0\0\0\0\0"
        items = (b"\xfe\xff\x00\xe0" + len(part).to_bytes(4, "little") + part for part in fragments)
        made.PixelData = empty + b"".join(items)
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    return made


def film(how: str) -> bytes:
    """The film as a file."""
    made = dataset(how)
    if how == "JPEG":
        made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    return bad_films.as_file(made)
