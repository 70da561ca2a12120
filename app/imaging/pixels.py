"""From Pixel Data to pixels: by what the data is, then by what its bits and colours mean."""

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, convert_color_space
from pydicom.uid import JPEGLSNearLossless

from app.imaging import attributes, checks, codecs, codestream, objects, pixel_data, usual_values
from app.imaging.codestream import Kind, Stream
from app.imaging.limits import LIMITS, Limits


@dataclass(frozen=True)
class Layout:
    """How a header says that pixels are laid out (DICOM PS3.3 C.7.6.3, PS3.5 8.1.1).

    Attributes:
        rows: lines of the film.
        columns: pixels of a line.
        samples: of a pixel, 1 or 3.
        allocated: bits of the cell of a sample, 8 or 16.
        stored: bits of the cell that count.
        high: the highest of them.
        signed: whether they are a two's complement.
        interpretation: one of the terms of `usual_values`.
        by_plane: whether colours are stored plane by plane.
    """

    rows: int
    columns: int
    samples: int
    allocated: int
    stored: int
    high: int
    signed: bool
    interpretation: str
    by_plane: bool


@dataclass(frozen=True)
class Pixels:
    """A decoded frame.

    Attributes:
        values: stored values, shape (rows, columns), uint8, uint16, int8 or int16, with nothing in
            the bits above BitsStored but the sign; or RGB, shape (rows, columns, 3), uint8 or
            uint16.
        compressed: whether they came compressed.
        lossy: whether that cost information.
        notes: what was odd about the file and how it was taken; quotes nothing of it.
    """

    values: NDArray[Any]
    compressed: bool = False
    lossy: bool = False
    notes: list[str] = field(default_factory=list)


def layout(dataset: Dataset) -> Layout:
    """Return how the pixels of a checked and completed dataset are laid out."""
    allocated = attributes.integer(dataset, "BitsAllocated", 0)
    stored = attributes.integer(dataset, "BitsStored", allocated)
    return Layout(
        rows=attributes.integer(dataset, "Rows", 0),
        columns=attributes.integer(dataset, "Columns", 0),
        samples=attributes.integer(dataset, "SamplesPerPixel", 1),
        allocated=allocated,
        stored=stored,
        high=attributes.integer(dataset, "HighBit", stored - 1),
        signed=attributes.integer(dataset, "PixelRepresentation", 0) == 1,
        interpretation=attributes.text(dataset, "PhotometricInterpretation"),
        by_plane=attributes.integer(dataset, "PlanarConfiguration", 0) == 1,
    )


def decode(dataset: Dataset, limits: Limits = LIMITS) -> Pixels:
    """Decode the one frame of a checked and completed dataset.

    Args:
        dataset: with its pixel data.
        limits: how many pixels a compressed image may declare.

    Raises:
        errors.Refused: the pixels are not all there, contradict the header, are damaged, or are
            packed in a way that is not read.
    """
    wanted = layout(dataset)
    found = _native(dataset, wanted)
    if found is None:
        found = _compressed(dataset, wanted, limits)
    if found.values.ndim == 3 or wanted.interpretation != usual_values.PALETTE:
        return found
    checks.check_palette(dataset)
    with codecs.damage_of("palette"):
        coloured = apply_color_lut(found.values, dataset)[..., :3]
    return Pixels(coloured, found.compressed, found.lossy, found.notes)


def luminance(values: NDArray[Any]) -> NDArray[Any]:
    """Return RGB as luminance (ITU-R BT.601), shape (rows, columns); grey as it is."""
    if values.ndim == 2:
        return values
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(values), cv2.COLOR_RGB2GRAY))


def significant(
    values: NDArray[Any], stored: int, high: int, signed: bool, allocated: int
) -> NDArray[Any]:
    """Keep the bits of each cell that count, and extend their sign.

    Args:
        values: cells, any shape, 8 or 16 bits each.
        stored: bits that count (BitsStored).
        high: the highest of them (HighBit).
        signed: whether they are a two's complement (PixelRepresentation).
        allocated: bits of a value of the result, 8 or 16.

    Returns:
        Same shape; int8 or int16 where signed, else uint8 or uint16.

    Source: DICOM PS3.5 8.1.1. Bits above the highest may hold anything (overlays, formerly).
    """
    cells = values.astype(np.int32) >> (high + 1 - stored) & (1 << stored) - 1
    if signed:
        top = 1 << (stored - 1)
        cells = (cells ^ top) - top
    return cells.astype(np.dtype(f"{'i' if signed else 'u'}{allocated // 8}"))


def _native(dataset: Dataset, wanted: Layout) -> Pixels | None:
    """Read uncompressed pixels; None where the data is none such.

    What is in fragments, or is shorter than the pixels and begins like a compressed image, is taken
    for one, whatever the transfer syntax says.
    """
    element = dataset["PixelData"]
    syntax = dataset.file_meta.TransferSyntaxUID
    needed = _native_bytes(wanted)
    if element.is_undefined_length:
        return None
    if len(element.value) < needed:
        if pixel_data.is_in_fragments(element) or codestream.kind_of(element.value):
            return None
        raise codestream.truncated(
            f"{len(element.value):,} of {needed:,} bytes of pixels are there"
        )
    if pixel_data.is_in_fragments(element) and syntax not in objects.NATIVE:
        return None
    checks.check_native_syntax(syntax)
    notes = [] if syntax in objects.NATIVE else [checks.contradicted(syntax, "plain pixels")]
    return Pixels(_plain(dataset, element.value, wanted), notes=notes)


def _native_bytes(wanted: Layout) -> int:
    samples = wanted.rows * wanted.columns * wanted.samples
    if wanted.interpretation == "YBR_FULL_422":
        samples = wanted.rows * wanted.columns * 2
    return samples * wanted.allocated // 8


def _plain(dataset: Dataset, data: bytes, wanted: Layout) -> NDArray[Any]:
    """Read samples that lie side by side (PS3.5 annex A and D).

    Big endian 8-bit samples in words (OW) lie in pairs that are swapped.
    """
    needed = _native_bytes(wanted)
    swapped = dataset.original_encoding[1] is False
    if swapped and (wanted.allocated == 16 or dataset["PixelData"].VR == "OW"):
        data = np.frombuffer(data[: needed + needed % 2], ">u2").astype("<u2").tobytes()
    cells = np.frombuffer(data[:needed], f"<u{wanted.allocated // 8}")
    if wanted.interpretation == "YBR_FULL_422" and wanted.samples == 3:
        cells = cells.reshape(-1, 4)[:, [0, 2, 3, 1, 2, 3]].ravel()
    return _meant(_shaped(cells, wanted), wanted, wanted.high)


def _shaped(cells: NDArray[Any], wanted: Layout) -> NDArray[Any]:
    if wanted.samples == 1:
        return cells.reshape(wanted.rows, wanted.columns)
    if wanted.by_plane:
        return np.moveaxis(cells.reshape(wanted.samples, wanted.rows, wanted.columns), 0, 2)
    return cells.reshape(wanted.rows, wanted.columns, wanted.samples)


def _meant(cells: NDArray[Any], wanted: Layout, high: int) -> NDArray[Any]:
    """Return grey values by their bits, colours as RGB."""
    if cells.ndim == 2:
        return significant(cells, wanted.stored, high, wanted.signed, wanted.allocated)
    if wanted.interpretation.startswith("YBR_FULL") and cells.dtype == np.uint8:
        return np.asarray(convert_color_space(cells, "YBR_FULL", "RGB"))
    return np.ascontiguousarray(cells)


def _compressed(dataset: Dataset, wanted: Layout, limits: Limits) -> Pixels:
    element = dataset["PixelData"]
    data, ended = element.value, True
    if pixel_data.is_in_fragments(element):
        data, ended = pixel_data.frame(data)
    syntax = dataset.file_meta.TransferSyntaxUID
    if len(data) >= _native_bytes(wanted) and codestream.kind_of(data) is None:
        return Pixels(_plain(dataset, data, wanted))
    kind = checks.check_kind(data, ended, syntax)
    as_stated = kind in objects.COMPRESSED.get(syntax, ())
    notes = [] if as_stated else [checks.contradicted(syntax, kind)]
    if kind is Kind.RLE:
        return Pixels(_run_lengths(data, wanted), compressed=True, notes=notes)
    stream = codestream.parsed(data)
    checks.check_stream(stream, wanted.columns, wanted.rows, wanted.allocated, limits)
    if not stream.ended:
        notes.append("The end of the compressed image is missing; every line of it is there.")
    if stream.signed and not wanted.signed:
        notes.append("The compressed image is signed, the header says it is not.")
    values = codecs.samples(stream, wanted.interpretation.startswith("YBR"))
    lossy = kind is Kind.JPEG or syntax == JPEGLSNearLossless
    return Pixels(_of_stream(values, stream, wanted), True, lossy, notes)


def _of_stream(values: NDArray[Any], stream: Stream, wanted: Layout) -> NDArray[Any]:
    """Return what a stream's samples mean.

    A JPEG 2000 stream whose samples are signed counts by its own sign. Samples of an unsigned one
    are bits, whose meaning the header says; the highest of them is the sign bit where the stream
    has fewer than the header.
    """
    if values.ndim == 3:
        done = stream.kind in (Kind.JPEG, Kind.JPEG_2000, Kind.HTJ2K)
        ready = done and wanted.interpretation not in ("YBR_FULL", "YBR_FULL_422")
        if stream.kind is Kind.JPEG or ready:
            return values
        return _meant(values, wanted, wanted.high)
    by_stream = stream.kind in (Kind.JPEG_2000, Kind.HTJ2K)
    stored = min(wanted.stored, stream.bits) if by_stream else wanted.stored
    high = wanted.high if stream.bits > wanted.high else stored - 1
    return significant(values, stored, high, wanted.signed or stream.signed, wanted.allocated)


def _run_lengths(data: bytes, wanted: Layout) -> NDArray[Any]:
    """Put the planes of an RLE frame together (PS3.5 G.2): the most significant bytes first."""
    octets = wanted.allocated // 8
    planes = codecs.rle(data, wanted.rows * wanted.columns, wanted.samples * octets)
    cells = planes.reshape(wanted.samples, octets, -1).astype(f"u{octets}")
    joined = cells[:, 0] if octets == 1 else cells[:, 0] << 8 | cells[:, 1]
    shaped = np.moveaxis(joined.reshape(wanted.samples, wanted.rows, wanted.columns), 0, 2)
    return _meant(shaped[..., 0] if wanted.samples == 1 else shaped, wanted, wanted.high)
