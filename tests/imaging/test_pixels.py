"""Pixels are what their bits mean, however they are packed; DCMTK is asked where it can tell."""

from itertools import pairwise
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from files import bad_films, dcmtk, packed
from pydicom import uid
from pydicom.dataset import Dataset

from app import errors
from app.imaging import dicom
from app.imaging.film import StoredFilm

KEY = bytes(32)
SIGNED = packed.TWELVE.astype(np.int16) - 2048
BARE = (SIGNED & 0x0FFF).astype(np.uint16)
"""The signed film without its sign: twelve bits, the four above them zero."""
ABOVE = np.uint16(0xA000)
"""Something in the bits above the twelve, as overlays were once stored."""
TOOL_OF = {"lossless JPEG": "dcmj2pnm", "JPEG": "dcmj2pnm", "JPEG-LS": "dcml2pnm"}
WITH_CELLS = sorted(set(packed.EXACT) - {"lossless JPEG"})
"""Ways that can carry 16 bits of which 12 count; the lossless JPEG encoder takes 12 of 12."""
DICOMS = sorted((Path(__file__).parents[2] / "../shared/data/dicom").glob("*.dcm"))


def read(path: Path, dataset: Dataset | bytes) -> StoredFilm:
    path.write_bytes(dataset if isinstance(dataset, bytes) else bad_films.as_file(dataset))
    return dicom.read(path, KEY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.dcm"


@pytest.mark.parametrize("how", WITH_CELLS)
def test_bits_above_those_stored_do_not_count(path: Path, how: str) -> None:
    film = read(path, packed.dataset(how, packed.TWELVE | ABOVE))
    assert np.array_equal(film.pixels, packed.TWELVE)


@pytest.mark.parametrize("how", WITH_CELLS)
def test_the_sign_is_the_highest_bit_stored(path: Path, how: str) -> None:
    for cells in (BARE, BARE | ABOVE):
        film = read(path, packed.dataset(how, cells, PixelRepresentation=1))
        assert film.pixels.dtype == np.int16
        assert np.array_equal(film.pixels, SIGNED)


def test_a_signed_lossless_jpeg_has_the_sign_the_header_says(path: Path) -> None:
    film = read(path, packed.dataset("lossless JPEG", BARE, PixelRepresentation=1))
    assert np.array_equal(film.pixels, SIGNED)


@pytest.mark.parametrize("stated", [0, 1])
def test_a_jpeg_2000_whose_samples_are_signed_counts_by_its_own_sign(
    path: Path, stated: int
) -> None:
    """DCMTK has no JPEG 2000; the stream's own SIZ segment and OpenJPEG are the oracle."""
    film = read(path, packed.dataset("JPEG 2000", SIGNED, PixelRepresentation=stated))
    assert np.array_equal(film.pixels, SIGNED)
    assert ("signed" in film.details.get("Notes", "")) is (stated == 0)
    stored = read(path, film.stored or b"")
    assert np.array_equal(stored.pixels, SIGNED)


def test_an_unsigned_jpeg_2000_of_fewer_bits_has_its_sign_in_its_own_highest_bit(
    path: Path,
) -> None:
    stream = imagecodecs.jpeg2k_encode(
        BARE, codecformat="j2k", reversible=True, level=0, bitspersample=12
    )
    made = packed.dataset("JPEG 2000", BitsStored=16, HighBit=15, PixelRepresentation=1)
    assert np.array_equal(read(path, packed.around(made, stream)).pixels, SIGNED)


@pytest.mark.parametrize("how", ["plain", "big endian", "RLE", "JPEG-LS"])
def test_pixels_in_the_upper_bits_of_their_cells_are_moved_down(path: Path, how: str) -> None:
    made = packed.dataset(how, packed.TWELVE << 4 | 5, HighBit=15)
    assert np.array_equal(read(path, made).pixels, packed.TWELVE)


@pytest.mark.parametrize("high", [5, 10, 16])
def test_a_highest_bit_that_cannot_be_is_refused_in_words(path: Path, high: int) -> None:
    with pytest.raises(errors.Refused, match=f"the highest being bit {high}"):
        read(path, packed.dataset("plain", HighBit=high))


@pytest.mark.parametrize("how", sorted({*packed.EXACT, *packed.LOSSY} - {"JPEG 2000", "HTJ2K"}))
def test_dcmtk_shows_the_same_film_and_the_same_stored_one(path: Path, how: str) -> None:
    film = read(path, packed.film(how))
    tool = TOOL_OF.get(how.removeprefix("12-bit "), "dcm2pnm")
    assert _difference(path, film, tool) < 1
    path.write_bytes(film.stored or b"")
    assert _difference(path, film, tool) < 1


@pytest.mark.parametrize("how", ["plain", "RLE", "JPEG-LS"])
def test_dcmtk_agrees_about_signs_and_bits_that_do_not_count(path: Path, how: str) -> None:
    film = read(path, packed.dataset(how, BARE | ABOVE, PixelRepresentation=1))
    assert _difference(path, film, TOOL_OF.get(how, "dcm2pnm")) < 1


@pytest.mark.skipif(not DICOMS, reason="the real films are not on this machine")
@pytest.mark.parametrize("source", DICOMS, ids=lambda source: source.stem)
def test_a_real_film_has_the_pixels_dcmtk_finds(path: Path, source: Path) -> None:
    """DCMTK's are not asked for JPEG 2000, which it does not decode, nor where it applies a
    modality LUT before it spreads the values; there the codestream itself is decoded."""
    film = read(path, source.read_bytes())
    original = pydicom.dcmread(source)
    if original.file_meta.TransferSyntaxUID in uid.JPEG2000TransferSyntaxes:
        frame = pydicom.encaps.get_frame(original.PixelData, 0, number_of_frames=1)
        assert np.array_equal(film.pixels, imagecodecs.jpeg2k_decode(frame))
    elif not film.modality_luts:
        assert _difference(path, film, "dcmj2pnm") < 1
    elif not original.file_meta.TransferSyntaxUID.is_encapsulated:
        cells = np.frombuffer(original.PixelData, f"<u{original.BitsAllocated // 8}")
        counting = (1 << original.BitsStored) - 1
        assert np.array_equal(film.pixels.ravel() & counting, cells[: film.pixels.size] & counting)
    path.write_bytes(film.stored or b"")
    assert np.array_equal(dicom.read(path, KEY).pixels, film.pixels)


def _difference(path: Path, film: StoredFilm, tool: str) -> float:
    """The largest difference between ours and DCMTK's, of 65,535 grey levels."""
    ours = dcmtk.spread(film.pixels)
    if film.inverted:
        ours = 1 - ours
    return float(np.abs(dcmtk.shown(path, tool) - ours).max() * 65535)


@pytest.mark.parametrize("how", ["JPEG-LS", "JPEG 2000", "lossless JPEG"])
@pytest.mark.parametrize("cuts", [[], [500], [0, 500, 501], [0, 0, 1000]])
def test_a_frame_in_several_fragments_is_put_together(
    path: Path, how: str, cuts: list[int]
) -> None:
    stream = packed.ENCODERS[how](packed.TWELVE)
    edges = [0, *cuts, len(stream)]
    parts = [stream[a:b] for a, b in pairwise(edges)]
    film = read(path, packed.around(packed.dataset(how), *parts))
    assert np.array_equal(film.pixels, packed.TWELVE)


def test_an_offset_table_is_not_needed_and_does_no_harm(path: Path) -> None:
    stream = packed.ENCODERS["JPEG-LS"](packed.TWELVE)
    with_table = packed.around(packed.dataset("JPEG-LS"), stream, table=True)
    extended = packed.dataset("JPEG-LS")
    extended.ExtendedOffsetTable = bytes(8)
    extended.ExtendedOffsetTableLengths = len(stream).to_bytes(8, "little")
    without = packed.dataset("JPEG-LS")
    without.PixelData = without.PixelData[8:]
    for made in (with_table, extended, without):
        made["PixelData"].is_undefined_length = True
        assert np.array_equal(read(path, made).pixels, packed.TWELVE)


@pytest.mark.parametrize("keyword", ["SamplesPerPixel", "PixelRepresentation"])
def test_what_a_header_leaves_out_has_its_usual_value_and_a_note(path: Path, keyword: str) -> None:
    made = packed.dataset("plain")
    del made[keyword]
    film = read(path, made)
    assert np.array_equal(film.pixels, packed.TWELVE)
    assert f"{keyword} is missing" in film.details["Notes"]


@pytest.mark.parametrize(
    ("stated", "inverted"),
    [
        ("monochrome2", False),
        ("MONOCHROME 2", False),
        ("Monochrome_1", True),
        ("MONOCHROME1 ", True),
        ("", False),
        ("GREY, SAID DOE^JANE", False),
    ],
)
def test_a_photometric_interpretation_is_known_however_it_is_spelt(
    path: Path, stated: str, inverted: bool
) -> None:
    film = read(path, packed.dataset("plain", PhotometricInterpretation=stated))
    assert film.inverted is inverted
    assert ("PhotometricInterpretation" in film.details.get("Notes", "")) is (
        stated.strip() not in ("MONOCHROME1", "MONOCHROME2")
    )
    assert "DOE" not in str(film.details)


def test_a_film_without_any_of_the_three_is_read(path: Path) -> None:
    made = packed.dataset("JPEG-LS")
    del made.SamplesPerPixel, made.PixelRepresentation, made.PhotometricInterpretation
    assert np.array_equal(read(path, made).pixels, packed.TWELVE)


def test_modalities_are_known_in_small_letters_and_by_the_name_dr(path: Path) -> None:
    assert read(path, packed.dataset("plain", Modality="dx")).details["Modality"] == "DX"
    assert read(path, packed.dataset("plain", Modality="DR")).details["Modality"] == "DX"
    with pytest.raises(errors.Refused, match="modality is CT"):
        read(path, packed.dataset("plain", Modality="ct"))


COLOURS = np.zeros((16, 16, 3), np.uint8)
COLOURS[:8, :, 0] = COLOURS[8:, :8, 1] = COLOURS[8:, 8:, 2] = 255
COLOURS[4:12, 4:12] = 200


def _coloured(stream: bytes, interpretation: str) -> Dataset:
    made = packed.dataset("JPEG")
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    made.Rows = made.Columns = 16
    made.SamplesPerPixel, made.PhotometricInterpretation = 3, interpretation
    return packed.around(made, stream)


@pytest.mark.parametrize("stored", ["rgb", "ycbcr"])
@pytest.mark.parametrize("stated", ["RGB", "YBR_FULL_422"])
def test_colours_are_those_the_jpeg_says_and_keep_them_when_stored(
    path: Path, stored: str, stated: str
) -> None:
    """An encoder marks its transform by JFIF, Adobe or the components' ids."""
    stream = imagecodecs.jpeg8_encode(
        COLOURS, level=100, colorspace="rgb", outcolorspace=stored, subsampling="444"
    )
    film = read(path, _coloured(stream, stated))
    kept = pydicom.dcmread(pydicom.filebase.DicomBytesIO(film.stored or b""))
    assert kept.PhotometricInterpretation == "RGB"
    frame = pydicom.encaps.get_frame(kept.PixelData, 0, number_of_frames=1)
    assert int(np.abs(imagecodecs.jpegls_decode(frame).astype(int) - COLOURS).max()) < 12
    assert np.array_equal(read(path, film.stored or b"").pixels, film.pixels)


def test_palette_colours_are_stored_as_the_colours_they_are(path: Path) -> None:
    made = packed.dataset("plain", PhotometricInterpretation="PALETTE COLOR")
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    made.PixelData = packed.EIGHT.tobytes()
    for number, colour in enumerate(("Red", "Green", "Blue")):
        setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 8])
        table = np.roll(np.arange(256, dtype=np.uint8), 40 * number).tobytes()
        setattr(made, f"{colour}PaletteColorLookupTableData", table)
    film = read(path, made)
    assert np.array_equal(read(path, film.stored or b"").pixels, film.pixels)
    del made.GreenPaletteColorLookupTableData
    with pytest.raises(errors.Refused, match="palette"):
        read(path, made)
