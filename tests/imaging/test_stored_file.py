"""The file that is kept holds the picture and what shows it right, and nothing else."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from files import bad_films, packed
from files.marked import CARRIERS, MARK, behind_a_table
from hypothesis import given
from hypothesis import strategies as st
from pydicom import uid
from pydicom.dataset import Dataset

from app.imaging import dicom, jpeg, rendering, terms
from app.imaging.film import StoredFilm
from app.settings import Settings

KEY = bytes(range(32))


def read(path: Path, data: bytes, devices: tuple[str, ...] = ()) -> StoredFilm:
    path.write_bytes(data)
    return dicom.read(path, KEY, devices=devices)


def kept(film: StoredFilm) -> Dataset:
    assert film.stored is not None
    return pydicom.dcmread(io.BytesIO(film.stored))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.dcm"


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_mark_does_not_get_through(path: Path, carrier: str) -> None:
    data = CARRIERS[carrier]()
    assert MARK.lower() in data.lower()
    film = read(path, data)
    assert film.pixels.shape == (64, 48)
    assert MARK.lower() not in (film.stored or b"").lower()
    assert MARK.decode().lower() not in str(film).lower()


@pytest.mark.parametrize("how", sorted({*packed.EXACT, *packed.LOSSY}))
def test_a_stored_film_has_one_whole_frame_of_the_same_values(path: Path, how: str) -> None:
    film = read(path, packed.film(how))
    stored = kept(film)
    again = read(path, film.stored or b"")
    assert again.pixels.dtype == film.pixels.dtype
    assert np.array_equal(again.pixels, film.pixels)
    if how in packed.ENCODERS or how == "RLE":
        frames = list(pydicom.encaps.generate_fragments(stored.PixelData))
        assert len(frames) == 2
        assert stored.file_meta.TransferSyntaxUID == (packed.EXACT | packed.LOSSY)[how]
    else:
        assert stored.file_meta.TransferSyntaxUID == uid.ExplicitVRLittleEndian
        assert stored.PixelData == film.pixels.astype("<u2").tobytes()
    assert stored.get("LossyImageCompression") == ("01" if how == "JPEG" or "12" in how else None)


@pytest.mark.parametrize("how", sorted({*packed.EXACT, *packed.LOSSY}))
def test_a_film_is_shown_the_same_from_its_stored_file(path: Path, how: str) -> None:
    film = read(path, packed.film(how))
    again = read(path, film.stored or b"")
    first, later = rendering.viewer(film), rendering.viewer(again)
    assert np.array_equal(first.pixels, later.pixels)
    assert (first.bits, first.centre, first.width) == (later.bits, later.centre, later.width)


@pytest.mark.parametrize("how", ["RLE", "JPEG-LS", "JPEG 2000", "HTJ2K"])
def test_a_compressed_image_that_holds_more_than_the_film_is_packed_anew(
    path: Path, how: str
) -> None:
    more = packed.TWELVE | np.uint16(0x5000)  # text may be drawn in the bits above
    made = packed.dataset(how, more)
    stored = kept(read(path, bad_films.as_file(made)))
    assert stored.file_meta.TransferSyntaxUID == uid.JPEGLSLossless
    frame = list(pydicom.encaps.generate_fragments(stored.PixelData))[1].rstrip(b"\0")
    assert jpeg.bare(frame) == frame
    assert imagecodecs.jpegls_decode(frame).max() < 4096


def test_run_lengths_with_more_behind_them_are_packed_anew(path: Path) -> None:
    made = packed.dataset("RLE")
    frame = list(pydicom.encaps.generate_fragments(made.PixelData))[1]
    packed.around(made, frame + bytes([7]) + b"DOE^JANE")
    stored = kept(read(path, bad_films.as_file(made)))
    assert stored.file_meta.TransferSyntaxUID == uid.JPEGLSLossless
    assert b"DOE^JANE" not in stored.PixelData


@pytest.mark.parametrize("how", ["plain", "RLE", "JPEG-LS"])
def test_bits_above_those_stored_are_the_sign_or_zero(path: Path, how: str) -> None:
    for signed in (0, 1):
        made = packed.dataset(how, packed.TWELVE | np.uint16(0x5000), PixelRepresentation=signed)
        film = read(path, bad_films.as_file(made))
        again = read(path, film.stored or b"")
        cells = again.pixels.astype(np.int32)
        assert np.array_equal(again.pixels, film.pixels)
        assert cells.min() >= -2048 * signed
        assert cells.max() < 4096


def test_a_film_of_an_odd_number_of_bytes_is_stored_with_one_more(path: Path) -> None:
    made = bad_films.good(BitsAllocated=8, BitsStored=8, HighBit=7, Rows=3, Columns=3)
    made.PixelData = bytes(range(9)) + b"\0"
    assert kept(read(path, bad_films.as_file(made))).PixelData == bytes(range(9)) + b"\0"


@pytest.mark.parametrize(
    ("signed", "vr", "stated", "right"),
    [
        (1, "US", 63536, -2000),
        (0, "SS", -1, 65535),
        (1, "SS", -2000, -2000),
        (0, "US", 4095, 4095),
        (1, "LO", "none", None),
        (1, "DS", "1e9", None),
    ],
)
def test_padding_is_stored_with_the_sign_of_the_pixels(
    path: Path, signed: int, vr: str, stated: object, right: int | None
) -> None:
    made = packed.dataset("plain", PixelRepresentation=signed)
    made.add_new("PixelPaddingValue", vr, stated)
    assert kept(read(path, bad_films.as_file(made))).get("PixelPaddingValue") == right


def test_a_table_is_stored_as_it_was_used(path: Path) -> None:
    film = read(path, behind_a_table())
    item = kept(film).VOILUTSequence[0]
    assert list(item.LUTDescriptor) == [4096, 0, 12]
    assert item.LUTData == np.arange(4096, dtype="<u2").tobytes()
    assert {element.keyword for element in item} == {"LUTDescriptor", "LUTData"}


@pytest.mark.parametrize(
    ("stated", "means"),
    [
        ("AP", "AP"),
        ("lateral", "LAT"),
        ("Left Lateral", "LL"),
        ("SUNRISE", "SKYLINE"),
        ("P.A.", "PA"),
        ("AP DOE", ""),
        ("", ""),
    ],
)
def test_a_view_is_one_of_a_list(path: Path, stated: str, means: str) -> None:
    made = packed.dataset("plain")
    made.add_new("ViewPosition", "LO", stated)
    film = read(path, bad_films.as_file(made))
    assert film.view == means
    assert kept(film).get("ViewPosition", "") == means


@pytest.mark.parametrize(
    ("stated", "means"),
    [
        ("KNEE", "KNEE"),
        ("Left knee", "KNEE"),
        ("RT KNEES", "KNEE"),
        ("lower leg", "LEG"),
        ("KNEE OF MRS DOE", ""),
        ("Frau Meier", ""),
    ],
)
def test_a_body_part_is_one_of_a_list(path: Path, stated: str, means: str) -> None:
    made = packed.dataset("plain")
    made.add_new("BodyPartExamined", "LO", stated)
    assert read(path, bad_films.as_file(made)).details.get("BodyPartExamined", "") == means


@given(st.text(max_size=20))
def test_no_text_gets_through_a_closed_list(stated: str) -> None:
    assert terms.view(stated) in {"", *terms.VIEWS}
    assert terms.body_part(stated) in {"", *terms.BODY_PARTS}
    assert terms.modality(stated) in {"", *terms.MODALITIES}


def test_a_device_is_named_only_where_its_name_is_approved(path: Path) -> None:
    data = bad_films.as_file(
        packed.dataset("plain", Manufacturer="ACME  Imaging", ManufacturerModelName="X-1")
    )
    unnamed = read(path, data)
    approved = Settings(devices="Acme Imaging; Other").device_names
    named = read(path, data, tuple(approved))
    assert named.details["Manufacturer"] == kept(named).Manufacturer == "Acme Imaging"
    assert unnamed.details["Manufacturer"] == kept(unnamed).Manufacturer
    assert unnamed.details["Manufacturer"].startswith("D-")
    assert named.details["ManufacturerModelName"] == unnamed.details["ManufacturerModelName"]
    assert Settings(devices="").device_names == []


def test_a_sop_class_that_is_none_of_the_standard_s_is_not_kept(path: Path) -> None:
    made = packed.dataset("plain", SOPClassUID="1.2.840.10008.19500101")
    assert kept(read(path, bad_films.as_file(made))).SOPClassUID == (
        uid.SecondaryCaptureImageStorage
    )


@pytest.mark.parametrize(("stated", "means"), [("63", 63), ("62.5", 62.5), ("19500101", None)])
def test_kilovolts_are_those_of_a_radiograph(path: Path, stated: str, means: float | None) -> None:
    assert kept(read(path, bad_films.as_file(packed.dataset("plain", KVP=stated)))).get("KVP") == (
        means
    )
