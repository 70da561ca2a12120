"""Files that must not be imported, each named for what is bad about it, and good ones to spoil."""

import struct
from collections.abc import Callable
from io import BytesIO

import imagecodecs
import numpy as np
from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

MEGAPIXELS = 0.01
"""A limit for tests, of 10,000 pixels."""
OVER = (120, 100)
"""Width and height of what is just over it."""
END_OF_JPEG = b"\xff\xd9"


def good(**attributes: object) -> Dataset:
    """A 12-bit radiograph of 64 x 48 pixels; keyword arguments replace or add attributes."""
    dataset = Dataset()
    dataset.SOPClassUID = ComputedRadiographyImageStorage
    dataset.SOPInstanceUID = "1.2.3.4.5"
    dataset.StudyInstanceUID = "1.2.3.4"
    dataset.SeriesInstanceUID = "1.2.3"
    dataset.PatientID = "4711"
    dataset.PatientName = "Doe^Jane"
    dataset.Modality = "CR"
    dataset.Rows, dataset.Columns = 64, 48
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth = 2048, 4096
    ramp = np.linspace(0, 4095, 64 * 48).astype("<u2")
    dataset.PixelData = ramp.tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def as_file(dataset: Dataset) -> bytes:
    """The bytes of a DICOM file."""
    file = BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def encapsulated(codestream: bytes, syntax: str, **attributes: object) -> bytes:
    """An 8-bit radiograph around a codestream, which may be anything."""
    dataset = good(BitsAllocated=8, BitsStored=8, HighBit=7, **attributes)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([codestream])
    dataset["PixelData"].is_undefined_length = True
    return as_file(dataset)


def jpeg_header(width: int, height: int) -> bytes:
    """A baseline JPEG that ends after declaring its size."""
    frame = struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + END_OF_JPEG


def jpeg_just_over_the_limit() -> bytes:
    return encapsulated(jpeg_header(*OVER), JPEGBaseline8Bit, Rows=OVER[1], Columns=OVER[0])


def jpeg_just_over_the_limit_in_a_smaller_dataset() -> bytes:
    return encapsulated(jpeg_header(*OVER), JPEGBaseline8Bit)


def jpeg_contradicting_the_dataset() -> bytes:
    return encapsulated(jpeg_header(50, 60), JPEGBaseline8Bit)


def jpeg_without_an_end() -> bytes:
    return encapsulated(jpeg_header(48, 64)[:-2], JPEGBaseline8Bit)


def jpeg_without_a_frame() -> bytes:
    return encapsulated(b"\xff\xd8" + END_OF_JPEG, JPEGBaseline8Bit)


def jpeg_of_nothing_but_a_header() -> bytes:
    return encapsulated(jpeg_header(48, 64), JPEGBaseline8Bit)


def jpeg_2000_just_over_the_limit() -> bytes:
    stream = imagecodecs.jpeg2k_encode(np.zeros(OVER[::-1], np.uint8), codecformat="j2k")
    return encapsulated(stream, JPEG2000Lossless, Rows=OVER[1], Columns=OVER[0])


def codestream_of_noise() -> bytes:
    return encapsulated(bytes(range(256)), JPEGBaseline8Bit)


def rle_of_noise() -> bytes:
    return encapsulated(bytes(range(256)), RLELossless)


def png_just_over_the_limit() -> bytes:
    file = BytesIO()
    Image.new("L", OVER).save(file, "PNG")
    return file.getvalue()


def empty() -> bytes:
    return b""


def text() -> bytes:
    return b"To whom it may concern: the films are in the other folder.\n" * 20


def noise_behind_a_dicom_preamble() -> bytes:
    return bytes(128) + b"DICM" + np.random.default_rng(0).bytes(5000)


def nothing_behind_a_dicom_preamble() -> bytes:
    return bytes(128) + b"DICM"


def png_of_noise() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(500)


def without_pixels() -> bytes:
    dataset = good()
    del dataset.PixelData
    return as_file(dataset)


def without_rows() -> bytes:
    dataset = good()
    del dataset.Rows
    return as_file(dataset)


def without_columns_to_speak_of() -> bytes:
    return as_file(good(Columns=0))


def of_several_frames() -> bytes:
    return as_file(good(NumberOfFrames=2))


def a_computed_tomogram() -> bytes:
    return as_file(good(Modality="CT"))


def of_32_bits() -> bytes:
    return as_file(good(BitsAllocated=32, BitsStored=32, HighBit=31))


def of_an_unknown_transfer_syntax() -> bytes:
    # The text lies uncompressed in the file, so it can be swapped for another of the same length.
    return as_file(good()).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.99999.9.9.9\0")


def with_half_of_its_pixels() -> bytes:
    whole = as_file(good())
    return whole[: len(whole) - 64 * 48]


def cut_in_the_header() -> bytes:
    return as_file(good())[:300]


def of_nested_sequences(depth: int) -> bytes:
    opened = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    closed = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    whole = as_file(good())
    start = whole.index(b"\x08\x00\x16\x00UI")
    return whole[:start] + opened * depth + closed * depth + whole[start:]


def deflated(rows: int, columns: int, behind: int = 0) -> bytes:
    """A black film, deflated, with zeros behind its pixels."""
    dataset = good(Rows=rows, Columns=columns, PixelData=bytes(2 * rows * columns))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    if behind:
        dataset.add_new(0xFFFCFFFC, "OB", bytes(behind))
    return as_file(dataset)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    make.__name__: (make, reason)
    for make, reason in [
        (empty, "empty"),
        (text, "no DICOM, PNG or JPEG"),
        (noise_behind_a_dicom_preamble, "damaged"),
        (nothing_behind_a_dicom_preamble, "truncated"),
        (png_of_noise, "damaged"),
        (png_just_over_the_limit, "too large"),
        (jpeg_just_over_the_limit, "too large"),
        (jpeg_just_over_the_limit_in_a_smaller_dataset, "too large"),
        (jpeg_2000_just_over_the_limit, "too large"),
        (jpeg_contradicting_the_dataset, "contradicts itself"),
        (jpeg_without_an_end, "truncated"),
        (jpeg_without_a_frame, "truncated"),
        (jpeg_of_nothing_but_a_header, "damaged"),
        (codestream_of_noise, "begins like no compressed image"),
        (rle_of_noise, "begins like no compressed image"),
        (without_pixels, "exported without its image"),
        (without_rows, "0 pixels"),
        (without_columns_to_speak_of, "0 x 64 pixels"),
        (of_several_frames, "several frames"),
        (a_computed_tomogram, "modality is CT"),
        (of_32_bits, "32 of 32 bits"),
        (of_an_unknown_transfer_syntax, "packed in a way"),
        (with_half_of_its_pixels, "truncated"),
        (cut_in_the_header, "truncated"),
    ]
}
"""Each bad file by name: how to make it, and words its refusal must contain."""
