"""Reading DICOM: what decodes, compared with other decoders, and what odd files say."""

from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from files import bad_films
from numpy.typing import NDArray
from pydicom import uid

from app.imaging import dicom

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
KEY = bytes(32)


def bundled(name: str) -> NDArray[np.generic]:
    dataset = pydicom.dcmread(BUNDLED / f"{name}.dcm")
    dataset.Modality, dataset.SOPClassUID = "CR", uid.ComputedRadiographyImageStorage
    return dicom.decode(dataset)


@pytest.mark.parametrize(
    "name",
    [
        "MR_small_jpeg_ls_lossless",
        "MR_small_jp2klossless",
        "MR_small_RLE",
        "MR_small_bigendian",
        "MR_small_implicit",
    ],
)
def test_each_lossless_syntax_decodes_to_the_same_pixels(name: str) -> None:
    assert np.array_equal(bundled(name), bundled("MR_small"))


def test_a_twelve_bit_jpeg_shows_the_film_its_jpeg_2000_twin_shows() -> None:
    lossy, twin = bundled("JPEG-lossy").ravel(), bundled("JPEG2000").ravel()
    assert lossy.max() > 255
    assert np.corrcoef(lossy, twin)[0, 1] > 0.95  # a noisy scintigram, strongly compressed


@pytest.mark.parametrize("syntax", [uid.JPEGLossless, uid.JPEGLosslessSV1])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_lossless_jpeg_decodes_to_what_was_encoded(
    syntax: uid.UID, bits: int, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 2**bits, (64, 48))
    pixels = pixels.astype(np.uint8 if bits == 8 else np.uint16)
    dataset = bad_films.good(
        BitsAllocated=pixels.dtype.itemsize * 8, BitsStored=bits, HighBit=bits - 1
    )
    dataset.file_meta.TransferSyntaxUID = syntax
    codestream = imagecodecs.ljpeg_encode(pixels, bitspersample=bits)
    dataset.PixelData = pydicom.encaps.encapsulate([codestream])
    path = tmp_path / "film.dcm"
    path.write_bytes(bad_films.as_file(dataset))

    assert np.array_equal(dicom.read(path, KEY).pixels, pixels)


def test_every_whole_bundled_image_of_one_frame_and_up_to_16_bits_is_decoded() -> None:
    """pydicom's own test files, but for two that are damaged on purpose."""
    damaged = {"MR_truncated", "JPEG2000-embedded-sequence-delimiter"}
    shown = 0
    for path in sorted(BUNDLED.glob("*.dcm")):
        dataset = pydicom.dcmread(path, force=True)
        of_one_frame = dataset.get("NumberOfFrames", 1) == 1
        if dataset.get("BitsAllocated") not in (8, 16) or not of_one_frame:
            continue
        if "PixelData" not in dataset or path.stem in damaged:
            continue
        dataset.Modality, dataset.SOPClassUID = "CR", uid.ComputedRadiographyImageStorage
        assert dicom.decode(dataset).shape == (dataset.Rows, dataset.Columns), path.name
        shown += 1
    assert shown > 45


def test_colour_becomes_luminance() -> None:
    colours = bundled("SC_rgb_rle")
    red, green, blue = (colours[row, 50] for row in (5, 25, 45))
    assert (red, green, blue) == (76, 150, 29)


def test_a_film_without_a_preamble_or_a_stated_syntax_is_read(tmp_path: Path) -> None:
    path = tmp_path / "film.dcm"
    whole = bad_films.as_file(bad_films.good())
    path.write_bytes(whole[whole.index(b"\x08\x00\x16\x00UI") :])
    assert dicom.read(path, KEY).pixels.shape == (64, 48)


def test_odd_tags_do_not_keep_a_film_out(tmp_path: Path) -> None:
    path = tmp_path / "film.dcm"
    odd = bad_films.good(
        StudyInstanceUID="95245412437657717179418946717331",
        SOPInstanceUID="no uid at all",
        StudyID="x" * 32,
        WindowCenter="",
        PixelIntensityRelationshipSign=27135,
        ImageLaterality="U",
        AccessionNumber="a" * 99,
        PatientBirthDate="unknown",
    )
    odd.add_new("ViewPosition", "LO", "left anterior oblique, standing, with weight")
    odd.add_new("PixelSpacing", "LO", "zero")
    path.write_bytes(bad_films.as_file(odd))

    film = dicom.read(path, KEY)

    assert (film.windows, film.spacing_mm, film.laterality, film.view) == ((), None, "", "")
    assert film.identity is not None
    assert film.identity.study_key.startswith("2.25.")
    again = pydicom.dcmread(path)
    assert film.stored is not None
    assert again.StudyInstanceUID not in str(film.stored)
