"""Files that must not be imported, each named for what is bad about it, and good ones to spoil."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
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


def jpeg_claiming_65500_by_65500() -> bytes:
    return encapsulated(jpeg_header(65500, 65500), JPEGBaseline8Bit, Rows=65500, Columns=65500)


def jpeg_claiming_more_than_the_dataset() -> bytes:
    return encapsulated(jpeg_header(65500, 65500), JPEGBaseline8Bit)


def jpeg_contradicting_the_dataset() -> bytes:
    return encapsulated(jpeg_header(1000, 1000), JPEGBaseline8Bit)


def jpeg_without_an_end() -> bytes:
    return encapsulated(jpeg_header(48, 64)[:-2], JPEGBaseline8Bit)


def jpeg_without_a_frame() -> bytes:
    return encapsulated(b"\xff\xd8" + END_OF_JPEG, JPEGBaseline8Bit)


def jpeg_of_nothing_but_a_header() -> bytes:
    return encapsulated(jpeg_header(48, 64), JPEGBaseline8Bit)


def jpeg_2000_claiming_65500_by_65500() -> bytes:
    size = struct.pack(">HHIIIIIIIIH", 41, 0, 65500, 65500, 0, 0, 65500, 65500, 0, 0, 1)
    stream = b"\xff\x4f\xff\x51" + size + b"\x07\x01\x01" + END_OF_JPEG
    return encapsulated(stream, JPEG2000Lossless, Rows=65500, Columns=65500)


def codestream_of_noise() -> bytes:
    return encapsulated(bytes(range(256)), JPEGBaseline8Bit)


def rle_of_noise() -> bytes:
    return encapsulated(bytes(range(256)), RLELossless)


def png_claiming_65500_by_65500() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 65500, 65500, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


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


def of_sequences_nested_5000_deep() -> bytes:
    opened = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    closed = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    whole = as_file(good())
    start = whole.index(b"\x08\x00\x16\x00UI")
    return whole[:start] + opened * 5000 + closed * 5000 + whole[start:]


def deflated_zeros_of_400_megabytes() -> bytes:
    """Unpacks to far more than it says: 400 MB behind the pixels of a small film."""
    dataset = good()
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = as_file(dataset)
    start = 144 + struct.unpack_from("<I", whole, 140)[0]  # the file meta group says its length
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    head = zlib.decompress(whole[start:], -15)
    padding = struct.pack("<HH2sHI", 0xFFFC, 0xFFFC, b"OB", 0, 400_000_000)
    packed = packer.compress(head + padding)
    packed += b"".join(packer.compress(bytes(1_000_000)) for _ in range(400)) + packer.flush()
    return whole[:start] + packed


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    make.__name__: (make, reason)
    for make, reason in [
        (empty, "empty"),
        (text, "no DICOM, PNG or JPEG"),
        (noise_behind_a_dicom_preamble, ""),
        (nothing_behind_a_dicom_preamble, "no image"),
        (png_of_noise, "damaged"),
        (png_claiming_65500_by_65500, "too large"),
        (jpeg_claiming_65500_by_65500, "too large"),
        (jpeg_claiming_more_than_the_dataset, "too large"),
        (jpeg_2000_claiming_65500_by_65500, "too large"),
        (jpeg_contradicting_the_dataset, "contradicts itself"),
        (jpeg_without_an_end, "truncated"),
        (jpeg_without_a_frame, "truncated"),
        (jpeg_of_nothing_but_a_header, "damaged"),
        (codestream_of_noise, "damaged"),
        (rle_of_noise, "damaged"),
        (without_pixels, "no image"),
        (without_rows, "0 pixels"),
        (without_columns_to_speak_of, "0 x 64 pixels"),
        (of_several_frames, "several frames"),
        (a_computed_tomogram, "modality is CT"),
        (of_32_bits, "32 of 32 bits"),
        (of_an_unknown_transfer_syntax, "packed in a way"),
        (with_half_of_its_pixels, "truncated"),
        (cut_in_the_header, ""),
        (of_sequences_nested_5000_deep, "damaged"),
    ]
}
"""Each bad file by name: how to make it, and words its refusal must contain."""
