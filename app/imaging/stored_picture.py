"""The picture in a stored file: pixels and look-up tables, written anew from what was decoded.

What was not decoded is not there: bits that mean nothing, bytes behind the pixels, further frames,
comments and pictures inside a compressed image. The values are exactly those that were rendered.
A compressed image is kept where nothing is in it but these, else packed anew.
"""

from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGLSLossless

from app.imaging import attributes, jpeg, lookup_tables
from app.imaging.film import StoredFilm
from app.imaging.pixels import Frame, Pixels

PADDING = ("PixelPaddingValue", "PixelPaddingRangeLimit")
TABLES = ("ModalityLUTSequence", "VOILUTSequence")


def write(dataset: Dataset, film: StoredFilm, pixels: Pixels, kept: Dataset) -> UID:
    """Write the image pixel module and the look-up tables of a film.

    Args:
        dataset: as read, for what is no pixel.
        film: whose polarity to write.
        pixels: the frame.
        kept: where to; changes it.

    Returns:
        The transfer syntax: plain pixels stay plain, a compressed image that holds nothing else
        stays as it is, others become JPEG-LS without loss.

    Source: DICOM PS3.3 C.7.6.3 (pixels), C.11.1 and C.11.2 (tables), PS3.5 8.2.3 (JPEG-LS).
    """
    values = np.ascontiguousarray(pixels.values)
    colour = values.ndim == 3
    octets, signed = values.dtype.itemsize, values.dtype.kind == "i"
    kept.Rows, kept.Columns = values.shape[:2]
    kept.SamplesPerPixel = 3 if colour else 1
    kept.PhotometricInterpretation = (
        "RGB" if colour else "MONOCHROME1" if film.inverted else "MONOCHROME2"
    )
    if colour:
        kept.PlanarConfiguration = 0
    bits = 8 * octets if colour else attributes.integer(dataset, "BitsStored", 8 * octets)
    kept.BitsAllocated, kept.BitsStored, kept.HighBit = 8 * octets, bits, bits - 1
    kept.PixelRepresentation = int(signed)
    if pixels.lossy:
        kept.LossyImageCompression = "01"
    if not colour:
        _write_padding(dataset, signed, kept)
        for keyword in TABLES:
            if items := lookup_tables.as_items(dataset, keyword):
                setattr(kept, keyword, items)
    return _write_pixels(values, pixels, kept)


def _write_pixels(values: NDArray[Any], pixels: Pixels, kept: Dataset) -> UID:
    cells = values.view(f"u{values.dtype.itemsize}")
    if not pixels.compressed:
        data = cells.astype(cells.dtype.newbyteorder("<"), copy=False).tobytes()
        vr = "OB" if cells.dtype.itemsize == 1 else "OW"
        kept.add_new("PixelData", vr, data + b"\0" * (len(data) % 2))
        return ExplicitVRLittleEndian
    frame = pixels.frame
    if frame is None:
        frame = Frame(jpeg.bare(bytes(imagecodecs.jpegls_encode(cells))), JPEGLSLossless)
    kept.add_new("PixelData", "OB", encapsulate([frame.data]))
    kept["PixelData"].is_undefined_length = True
    return frame.syntax


def _write_padding(dataset: Dataset, signed: bool, kept: Dataset) -> None:
    """Write padding values with the sign of the pixels, which is what their 16 bits mean."""
    for keyword in PADDING:
        for found in attributes.words(dataset, keyword)[:1]:
            if -(2**15) <= found < 2**16:
                kept.add_new(keyword, "SS" if signed else "US", attributes.word(found, signed))
