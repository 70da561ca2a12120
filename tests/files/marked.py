"""Films with a mark in a place that no viewer shows, as names once got into real ones."""

import struct
from collections.abc import Callable

import imagecodecs
import numpy as np
from files import bad_films, packed
from pydicom.dataset import Dataset

MARK = b"DOE^JANE"
SEGMENT = struct.pack(">H", len(MARK) + 2) + MARK


def _behind_the_pixels() -> bytes:
    made = packed.dataset("plain")
    made.PixelData = made.PixelData + MARK * 10
    return bad_films.as_file(made)


def _in_a_preamble() -> bytes:
    return MARK * 16 + packed.film("plain")[128:]


def _behind_the_dataset() -> bytes:
    made = packed.dataset("plain")
    made.add_new(0xFFFCFFFC, "OB", MARK * 10)
    return bad_films.as_file(made) + MARK


def _in_application_segments(how: str) -> Callable[[], bytes]:
    def make() -> bytes:
        stream = packed.ENCODERS[how](packed.TWELVE)
        marked = stream[:2] + b"\xff\xe5" + SEGMENT + b"\xff\xfe" + SEGMENT + stream[2:] + MARK
        made = packed.dataset(how)
        if how == "JPEG":
            made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
        return bad_films.as_file(packed.around(made, marked))

    return make


def _in_a_jpeg_2000_comment() -> bytes:
    stream = packed.ENCODERS["JPEG 2000"](packed.TWELVE)
    comment = b"\xff\x64" + struct.pack(">HH", len(MARK) + 4, 1) + MARK
    start = stream.index(b"\xff\x90")
    marked = stream[:start] + comment + stream[start:-2] + comment + stream[-2:]
    return bad_films.as_file(packed.around(packed.dataset("JPEG 2000"), marked))


def _in_a_jp2_box() -> bytes:
    boxed = imagecodecs.jpeg2k_encode(packed.TWELVE, codecformat="jp2", reversible=True, level=0)
    marked = boxed[:12] + struct.pack(">I4s", 16, b"uuid") + MARK + boxed[12:]
    return bad_films.as_file(packed.around(packed.dataset("JPEG 2000"), marked))


def _in_a_second_frame() -> bytes:
    stream = packed.ENCODERS["JPEG-LS"](packed.TWELVE)
    made = packed.dataset("JPEG-LS")
    return bad_films.as_file(packed.around(made, stream, MARK * 10, stream))


def _in_an_offset_table() -> bytes:
    made = packed.dataset("JPEG-LS")
    table = bytes(4) + MARK
    made.PixelData = (
        b"\xfe\xff\x00\xe0" + len(table).to_bytes(4, "little") + table + made.PixelData[8:]
    )
    made["PixelData"].is_undefined_length = True
    return bad_films.as_file(made)


def behind_a_table() -> bytes:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [4096, 0, 12])
    item.add_new("LUTData", "OW", np.arange(4096, dtype="<u2").tobytes() + MARK)
    item.LUTExplanation = MARK.decode()
    return bad_films.as_file(packed.dataset("plain", VOILUTSequence=[item]))


def _in_codes() -> bytes:
    made = packed.dataset("plain")
    for keyword in [
        "ViewPosition",
        "BodyPartExamined",
        "PatientSex",
        "VOILUTFunction",
        "RescaleType",
        "Laterality",
        "ImageLaterality",
        "BurnedInAnnotation",
        "LossyImageCompression",
        "PresentationLUTShape",
        "PixelIntensityRelationship",
        "PatientOrientation",
        "ShutterShape",
        "PixelSpacingCalibrationType",
    ]:
        made.add_new(keyword, "LO", MARK.decode())
    return bad_films.as_file(made)


def _in_devices() -> bytes:
    made = packed.dataset("plain", Manufacturer="DOE^JANE", ManufacturerModelName="doe^jane 2")
    return bad_films.as_file(made)


def _in_a_small_thumbnail() -> bytes:
    made = packed.dataset("plain")
    icon = bad_films.good(PixelData=MARK * 768)
    made.IconImageSequence = [icon]
    return bad_films.as_file(made)


CARRIERS: dict[str, Callable[[], bytes]] = {
    "behind the pixels": _behind_the_pixels,
    "in the preamble": _in_a_preamble,
    "behind the dataset": _behind_the_dataset,
    "in a comment of a JPEG": _in_application_segments("JPEG"),
    "in a comment of a lossless JPEG": _in_application_segments("lossless JPEG"),
    "in a comment of a JPEG-LS": _in_application_segments("JPEG-LS"),
    "in a comment of a JPEG 2000": _in_a_jpeg_2000_comment,
    "in a box of a JP2": _in_a_jp2_box,
    "in a second frame": _in_a_second_frame,
    "in an offset table": _in_an_offset_table,
    "behind a table": behind_a_table,
    "in codes": _in_codes,
    "in the names of devices": _in_devices,
    "in a thumbnail": _in_a_small_thumbnail,
}
"""Where the mark is: a function that makes the file."""
