"""Real-size DICOM radiographs to measure with: real films, new UIDs, every transfer syntax."""

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
    generate_uid,
)

DATA = Path("../shared/data")
LONG_SIDE = 2192
"""Pixels of a film's longer side; of one of 3 by 4 that is 3.6 megapixels."""
NOISE = 6
"""Of 4,096 grey levels: what is lost by enlarging has no noise, which is what packs badly."""

Pack = Callable[[NDArray[np.uint16]], bytes]


def _eight(pixels: NDArray[np.uint16]) -> NDArray[np.uint8]:
    return (pixels >> 4).astype(np.uint8)


def _run_lengths(pixels: NDArray[np.uint16]) -> bytes:
    """Pack as PS3.5 annex G says: the high bytes, then the low ones, row by row."""
    planes = [(pixels >> 8).astype(np.uint8), (pixels & 255).astype(np.uint8)]
    packed = [b"".join(bytes(imagecodecs.packbits_encode(row)) for row in one) for one in planes]
    padded = [one + b"\0" * (len(one) % 2) for one in packed]
    header = np.zeros(16, "<u4")
    header[:3] = 2, 64, 64 + len(padded[0])
    return header.tobytes() + b"".join(padded)


PACKS: dict[str, tuple[str, int, Pack | None]] = {
    "plain": (ExplicitVRLittleEndian, 12, None),
    "RLE": (RLELossless, 12, _run_lengths),
    "JPEG baseline": (
        JPEGBaseline8Bit,
        8,
        lambda p: bytes(imagecodecs.jpeg8_encode(_eight(p), level=92)),
    ),
    "JPEG 12 bit": (
        JPEGExtended12Bit,
        12,
        lambda p: bytes(imagecodecs.jpeg8_encode(p, level=92, bitspersample=12)),
    ),
    "JPEG lossless": (
        JPEGLosslessSV1,
        12,
        lambda p: bytes(imagecodecs.ljpeg_encode(p, bitspersample=12)),
    ),
    "JPEG-LS": (JPEGLSLossless, 12, lambda p: bytes(imagecodecs.jpegls_encode(p))),
    "JPEG-LS near": (
        JPEGLSNearLossless,
        12,
        lambda p: bytes(imagecodecs.jpegls_encode(p, level=3)),
    ),
    "JPEG 2000": (
        JPEG2000Lossless,
        12,
        lambda p: bytes(
            imagecodecs.jpeg2k_encode(
                p, level=0, codecformat="j2k", reversible=True, bitspersample=12
            )
        ),
    ),
    "JPEG 2000 lossy": (
        JPEG2000,
        12,
        lambda p: bytes(
            imagecodecs.jpeg2k_encode(p, level=62, codecformat="j2k", bitspersample=12)
        ),
    ),
    "HTJ2K": (HTJ2KLossless, 12, lambda p: bytes(imagecodecs.htj2k_encode(p))),
    "HTJ2K lossy": (
        HTJ2K,
        12,
        lambda p: bytes(imagecodecs.htj2k_encode(p, level=0.0004, reversible=False)),
    ),
}
"""By name: the transfer syntax, the bits of a pixel, and what packs a film so."""


def pictures(data: Path = DATA) -> Iterator[NDArray[np.uint16]]:
    """Yield real films at real size for ever, 12 bits of grey each, no two the same.

    Args:
        data: a folder with `dicom` and `knee-extra`.
    """
    random = np.random.default_rng(0)
    films = [cv2.imread(str(path), 0) for path in sorted((data / "knee-extra/images").glob("*"))]
    films += [dcmread(path).pixel_array for path in sorted((data / "dicom").glob("knee_*.dcm"))]
    for film in cycle(film for film in films if film is not None):
        scale = LONG_SIDE / max(film.shape)
        large = cv2.resize(film, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        noisy = large.astype(np.float32) * 16 + random.normal(0, NOISE, large.shape)
        yield np.clip(noisy, 0, 4095).astype(np.uint16)


def write(folder: Path, name: str, count: int, data: Path = DATA) -> int:
    """Write films of one transfer syntax.

    Args:
        folder: where to; made.
        name: one of `PACKS`.
        count: how many.
        data: see `pictures`.

    Returns:
        How many bytes they have together.
    """
    folder.mkdir(parents=True)
    for number, pixels in enumerate(islice(pictures(data), count)):
        dcmwrite(folder / f"{number}.dcm", _film(pixels, *PACKS[name]), enforce_file_format=True)
    return sum(path.stat().st_size for path in folder.iterdir())


def write_tiny(folder: Path) -> None:
    """Write a folder with one film of next to no pixels."""
    folder.mkdir(parents=True)
    film = _film(np.arange(64 * 48, dtype=np.uint16).reshape(64, 48), *PACKS["plain"])
    dcmwrite(folder / "0.dcm", film, enforce_file_format=True)


def _film(pixels: NDArray[np.uint16], syntax: Any, bits: int, pack: Pack | None) -> Dataset:
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = syntax
    film.SOPClassUID = DigitalXRayImageStorageForPresentation
    film.SOPInstanceUID, film.StudyInstanceUID = generate_uid(), generate_uid()
    film.SeriesInstanceUID, film.PatientID = generate_uid(), str(generate_uid())[-12:]
    film.PatientName, film.Modality, film.BodyPartExamined = "Doe^Jane", "DX", "KNEE"
    film.Rows, film.Columns = pixels.shape
    film.SamplesPerPixel, film.PixelRepresentation = 1, 0
    film.PhotometricInterpretation = "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit = 8 if bits == 8 else 16, bits, bits - 1
    film.WindowCenter, film.WindowWidth = 2 ** (bits - 1), 2**bits
    film.ImagerPixelSpacing = [0.143, 0.143]
    if pack is None:
        film.PixelData = pixels.tobytes()
    else:
        film.PixelData = encapsulate([pack(pixels)])
        film["PixelData"].is_undefined_length = True
    return film
