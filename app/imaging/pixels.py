"""From Pixel Data to pixels: by what the data is, then by what its bits and colours mean."""

from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, convert_color_space
from pydicom.uid import UID, JPEGLSNearLossless

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
class Frame:
    """A compressed image that holds the pixels and nothing else.

    Attributes:
        data: without comments, application data and whatever else decoding does not need.
        syntax: the transfer syntax under which it may be stored.
    """

    data: bytes
    syntax: UID


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
        frame: the compressed image they came as; None where it may hold more than the pixels.
    """

    values: NDArray[Any]
    compressed: bool = False
    lossy: bool = False
    notes: list[str] = field(default_factory=list)
    frame: Frame | None = None


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
    return replace(found, values=coloured, frame=None)


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
    octets = allocated // 8
    unsigned, meant = np.dtype(f"u{octets}"), np.dtype(f"{'i' if signed else 'u'}{octets}")
    cells = values.view(f"u{values.dtype.itemsize}").astype(unsigned, copy=False)
    if stored < allocated:
        cells = cells >> unsigned.type(high + 1 - stored) & unsigned.type((1 << stored) - 1)
        if signed:  # the ring of all cells carries the sign up
            top = unsigned.type(1 << (stored - 1))
            cells = (cells ^ top) - top
    return cells.view(meant)


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
    stated = UID(syntax) if as_stated else objects.GENERAL[kind]
    if kind is Kind.RLE:
        values, frame = _run_lengths(data, wanted, stated)
        return Pixels(values, compressed=True, notes=notes, frame=frame)
    stream = codestream.parsed(data)
    checks.check_stream(stream, wanted.columns, wanted.rows, wanted.allocated, limits)
    if not stream.ended:
        notes.append("The end of the compressed image is missing; every line of it is there.")
    if stream.signed and not wanted.signed:
        notes.append("The compressed image is signed, the header says it is not.")
    samples = codecs.samples(stream, wanted.interpretation.startswith("YBR"))
    values = _of_stream(samples, stream, wanted)
    lossy = kind is Kind.JPEG or syntax == JPEGLSNearLossless
    frame = _frame(stream, stated) if _is_clean(samples, values, stream, wanted) else None
    return Pixels(values, True, lossy, notes, frame)


def _is_clean(samples: NDArray[Any], values: NDArray[Any], stream: Stream, wanted: Layout) -> bool:
    """Whether a grey stream has no bit beside those that count, at the places where they count."""
    if samples.ndim != 2 or wanted.high != wanted.stored - 1:
        return False
    return samples.dtype.itemsize == values.dtype.itemsize and np.array_equal(
        samples.view(values.dtype), values
    )


def _frame(stream: Stream, syntax: UID) -> Frame | None:
    data = codestream.bare(stream)
    return None if data is None else Frame(data, syntax)


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


def _run_lengths(data: bytes, wanted: Layout, syntax: UID) -> tuple[NDArray[Any], Frame | None]:
    """Put the planes of an RLE frame together (PS3.5 G.2): the most significant bytes first."""
    octets = wanted.allocated // 8
    planes, exact = codecs.rle(data, wanted.rows * wanted.columns, wanted.samples * octets)
    cells = np.ascontiguousarray(planes.reshape(wanted.samples, octets, -1)[:, ::-1].swapaxes(1, 2))
    joined = cells.view(f"<u{octets}").reshape(wanted.samples, wanted.rows, wanted.columns)
    if wanted.samples > 1:
        return _meant(np.moveaxis(joined, 0, 2), wanted, wanted.high), None
    values = _meant(joined[0], wanted, wanted.high)
    clean = exact and wanted.high == wanted.stored - 1
    if clean and np.array_equal(joined[0].view(values.dtype), values):
        return values, Frame(codestream.bare_run_lengths(data), syntax)
    return values, None
