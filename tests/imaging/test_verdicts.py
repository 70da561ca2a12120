"""Why a file is put aside is true: of the object it is, of how it is packed, and of whose fault."""

import sys
from pathlib import Path

import numpy as np
import pytest
from files import bad_films, packed
from pydicom import uid

from app import errors
from app.imaging import decoder, dicom, rendering

KEY = bytes(32)
FAMILIES = ({"JPEG", "12-bit JPEG"}, {"JPEG 2000", "HTJ2K"})
"""Ways of packing that are told apart by no marker the transfer syntax would contradict."""
RULES = decoder.Rules(KEY, decoder.LIMITS, ())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.dcm"


def refusal(path: Path, data: bytes) -> errors.Refused:
    path.write_bytes(data)
    with pytest.raises(errors.Refused) as refused:
        decoder.read(path, KEY)
    return refused.value


@pytest.mark.parametrize(
    ("sop_class", "words"),
    [
        (uid.BasicTextSRStorage, "a structured report"),
        (uid.XRayRadiationDoseSRStorage, "a structured report"),
        (uid.KeyObjectSelectionDocumentStorage, "a key object selection"),
        (uid.GrayscaleSoftcopyPresentationStateStorage, "a presentation state"),
        (uid.EncapsulatedPDFStorage, "an encapsulated document"),
        (uid.MediaStorageDirectoryStorage, "the index of a medium (DICOMDIR)"),
        (uid.EnhancedXAImageStorage, "an enhanced image of several frames"),
        (uid.BreastTomosynthesisImageStorage, "a volume"),
        (uid.TwelveLeadECGWaveformStorage, "a waveform"),
        (uid.RTPlanStorage, "another object: RT Plan Storage"),
    ],
)
@pytest.mark.parametrize("with_pixels", [True, False])
def test_what_is_no_film_is_named(
    path: Path, sop_class: str, words: str, with_pixels: bool
) -> None:
    made = bad_films.good(SOPClassUID=sop_class)
    if not with_pixels:
        del made.PixelData
    found = refusal(path, bad_films.as_file(made))
    assert f"no film but {words}" in found.what
    assert found.do.startswith("Import ")


@pytest.mark.parametrize(
    ("syntax", "words"),
    [
        ("1.2.840.113619.5.2", "a private transfer syntax of GE, 1.2.840.113619.5.2"),
        ("1.3.46.670589.33.1.4.1", "a private transfer syntax of Philips"),
        ("1.2.999.1", "a private transfer syntax, 1.2.999.1"),
        ("1.2.840.10008.1.2.4.110", "JPEG XL"),
        ("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile"),
        ("1.2.840.10008.1.2.8.1", "Deflated Image Frame"),
        ("1.2.840.10008.1.2.4.999", "a transfer syntax newer than this program"),
        ("DOE^JANE", "a transfer syntax that is no UID"),
    ],
)
def test_a_transfer_syntax_that_is_not_read_is_named(path: Path, syntax: str, words: str) -> None:
    made = packed.around(packed.dataset("JPEG-LS"), bytes(2500))
    found = refusal(path, called(bad_films.as_file(made), syntax))
    assert words in found.what
    assert "damaged" not in found.what
    assert "DOE" not in str(found)


@pytest.mark.parametrize("inside", sorted(packed.ENCODERS))
@pytest.mark.parametrize(
    "stated", ["JPEG", "lossless JPEG", "JPEG-LS", "JPEG 2000", "RLE", "plain"]
)
def test_a_stream_is_read_for_what_it_is_whatever_the_file_says(
    path: Path, inside: str, stated: str
) -> None:
    made = packed.dataset(inside)
    if inside == "JPEG":
        made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    path.write_bytes(bad_films.as_file(made))
    right = dicom.read(path, KEY)
    path.write_bytes(called(path.read_bytes(), (packed.EXACT | packed.LOSSY)[stated]))
    film = dicom.read(path, KEY)
    assert np.array_equal(film.pixels, right.pixels)
    agrees = {inside, stated} in FAMILIES or inside == stated
    assert ("packed as" in film.details.get("Notes", "")) is not agrees


def test_plain_pixels_called_compressed_are_read(path: Path) -> None:
    path.write_bytes(called(packed.film("plain"), uid.JPEGLSLossless))
    film = dicom.read(path, KEY)
    assert np.array_equal(film.pixels, packed.TWELVE)
    assert "but holds plain pixels" in film.details["Notes"]


def test_a_stream_that_is_none_names_both(path: Path) -> None:
    made = packed.around(packed.dataset("JPEG-LS"), b"DOE^JANE" * 100)
    found = refusal(path, bad_films.as_file(made))
    assert "JPEG-LS Lossless" in found.what
    assert "begins like no compressed image" in found.what


def test_no_pixels_at_all_is_no_image(path: Path) -> None:
    assert "holds no image" in refusal(path, bad_films.as_file(bad_films.good(PixelData=b""))).what
    nothing = packed.dataset("JPEG-LS")
    nothing.PixelData = b"\xfe\xff\x00\xe0\0\0\0\0"
    nothing["PixelData"].is_undefined_length = True
    assert "holds no image" in refusal(path, bad_films.as_file(nothing)).what


def test_a_stream_deeper_than_the_file_says_contradicts_it(path: Path) -> None:
    made = packed.dataset("JPEG-LS", BitsAllocated=8, BitsStored=8, HighBit=7)
    assert "states 8 bits a pixel, the compressed image inside" in (
        refusal(path, bad_films.as_file(made)).what
    )


def test_sequences_nested_too_deep_are_a_damaged_header(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(bad_films.of_nested_sequences(40))
    dicom.read(path, KEY)
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(_frames()) + 80)
    try:
        found = decoder.answer({"do": "decode", "path": str(path)}, path.parent, RULES)
    finally:
        sys.setrecursionlimit(usual)
    assert "its header cannot be read" in found["refused"][0]


def test_a_mistake_of_ours_is_said_to_be_ours_with_its_place_and_without_data(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        raise TypeError("unexpected value 'DOE^JANE'")

    monkeypatch.setattr(rendering, "viewer", mistaken)
    path.write_bytes(packed.film("plain"))
    what, where, do = decoder.answer({"do": "decode", "path": str(path)}, path.parent, RULES)[
        "refused"
    ]
    assert "fault of Condyle's, not of the file" in what
    assert where == "TypeError in app.imaging.decoder:film"
    assert "Report" in do
    assert "DOE" not in what + where + do


def test_a_file_that_cannot_be_opened_is_not_a_fault_of_ours(path: Path) -> None:
    found = decoder.answer({"do": "decode", "path": str(path)}, path.parent, RULES)
    assert found["refused"][0] == "The file cannot be read: No such file or directory."


def called(data: bytes, syntax: str) -> bytes:
    """A file that says another transfer syntax."""
    start = data.index(b"\x02\x00\x10\x00UI")
    behind = start + 8 + int.from_bytes(data[start + 6 : start + 8], "little")
    value = syntax.encode() + b"\0" * (len(syntax) % 2)
    element = data[start : start + 6] + len(value).to_bytes(2, "little") + value
    changed = data[:start] + element + data[behind:]
    length = changed.index(b"\x08\x00\x16\x00UI") - 144
    return changed[:140] + length.to_bytes(4, "little") + changed[144:]


def _frames() -> list[object]:
    frame, found = sys._getframe(), []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found
