"""Rendering against pydicom, an implementation by others, and against what the standard says."""

import io
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from files import bad_films
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from app.imaging import description, dicom, rendering
from app.imaging.film import StoredFilm, Window

DICOMS = sorted((Path(__file__).parents[2] / "../shared/data/dicom").glob("*.dcm"))


def shown(picture: rendering.Picture) -> NDArray[np.float64]:
    """What a viewer that knows only the window shows, black 0 to white 1."""
    return rendering.linear_exact(picture.pixels.astype(np.float64), picture.centre, picture.width)


def shown_by_pydicom(dataset: Dataset) -> NDArray[np.float64]:
    """The same from pydicom's own functions."""
    values = apply_voi_lut(apply_modality_lut(dicom.decode(dataset), dataset), dataset)
    values = values.astype(np.float64)
    if "VOILUTSequence" in dataset:
        low, high = 0.0, float(2 ** int(values.max()).bit_length() - 1)
    else:
        low, high = _output_range(dataset)
    shown = (values - low) / (high - low)
    return 1 - shown if dataset.PhotometricInterpretation == "MONOCHROME1" else shown


def _output_range(dataset: Dataset) -> tuple[float, float]:
    if "ModalityLUTSequence" in dataset:
        return 0.0, 2.0 ** dataset.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    low = -(2 ** (dataset.BitsStored - 1)) if dataset.PixelRepresentation else 0
    ends = np.array([low, low + 2**dataset.BitsStored - 1], dtype=np.float64)
    ends = ends * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))
    return float(ends[0]), float(ends[1])


@pytest.mark.skipif(not DICOMS, reason="the real films are not on this machine")
@pytest.mark.parametrize("path", DICOMS, ids=lambda path: path.stem)
def test_a_real_film_with_a_window_or_voi_lut_looks_as_pydicom_shows_it(path: Path) -> None:
    dataset = pydicom.dcmread(path)
    if "WindowCenter" not in dataset and "VOILUTSequence" not in dataset:
        dataset.WindowCenter, dataset.WindowWidth = 300, 500
    film = description.describe(dataset, dicom.decode(dataset))
    ours = shown(rendering.viewer(film))
    assert np.abs(ours - shown_by_pydicom(dataset)).max() < 0.5 / 255


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """Films of every depth, sign, polarity, rescaling and kind of window, showing all values."""
    bits = draw(st.integers(8, 12))
    signed = draw(st.booleans())
    slope = draw(st.sampled_from([1.0, 0.25, 3.7, -1.0, -0.5]))
    intercept = draw(st.sampled_from([0.0, -1024.0, 17.25]))
    low = -(2 ** (bits - 1)) if signed else 0
    stored = np.arange(low, low + 2**bits)
    centre = draw(st.integers(low + 2**bits // 10, low + 9 * 2**bits // 10))
    width = draw(st.integers(8, 2 ** (bits + 1)))
    return bad_films.good(
        BitsAllocated=16,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=int(signed),
        PhotometricInterpretation=draw(st.sampled_from(["MONOCHROME1", "MONOCHROME2"])),
        RescaleSlope=slope,
        RescaleIntercept=intercept,
        WindowCenter=centre * slope + intercept,
        WindowWidth=round(max(width * abs(slope), 4), 4),
        VOILUTFunction=draw(st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"])),
        Rows=2 ** (bits // 2),
        Columns=2 ** (bits - bits // 2),
        PixelData=stored.astype("<i2" if signed else "<u2").tobytes(),
    )


@given(datasets())
def test_any_film_looks_as_pydicom_shows_it(dataset: Dataset) -> None:
    film = description.describe(dataset, dicom.decode(dataset))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = shown(rendering.viewer(film))
    assert np.abs(ours - shown_by_pydicom(dataset)).max() < 1e-4


def test_the_viewer_rendition_keeps_every_grey_level_of_both_polarities() -> None:
    pixels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    plain = rendering.viewer(StoredFilm(pixels, bits=12, windows=(Window(1000, 500),)))
    inverted = rendering.viewer(
        StoredFilm(pixels, bits=12, windows=(Window(1000, 500),), inverted=True)
    )
    assert plain.pixels.tolist() == pixels.tolist()
    assert inverted.pixels.tolist() == (4095 - pixels).tolist()
    assert shown(inverted) == pytest.approx(1 - shown(plain))


def test_signed_values_are_shifted_and_keep_their_window() -> None:
    pixels = np.array([[-2048, -1], [0, 2047]], dtype=np.int16)
    picture = rendering.viewer(StoredFilm(pixels, bits=12, windows=(Window(0, 4096),)))
    assert picture.pixels.tolist() == [[0, 2047], [2048, 4095]]
    assert shown(picture)[0, 0] == 0
    assert shown(picture)[1, 1] == 1


def test_an_8_bit_film_without_a_window_is_shown_as_it_is() -> None:
    pixels = np.array([[10, 20], [30, 200]], dtype=np.uint8)
    picture = rendering.viewer(StoredFilm(pixels, bits=8))
    assert (picture.centre, picture.width) == (127.5, 255)
    assert rendering.png(rendering.model(picture)) == rendering.png(picture)


def test_a_deep_film_without_a_window_is_not_darkened_by_a_few_bright_pixels() -> None:
    pixels = np.random.default_rng(0).integers(1000, 2000, (200, 200)).astype(np.uint16)
    pixels[0, :50] = 65535
    picture = rendering.viewer(StoredFilm(pixels, bits=16))
    assert 1000 <= picture.centre - picture.width / 2 <= 1020
    assert 1980 <= picture.centre + picture.width / 2 <= 2000


def test_padding_does_not_count_when_a_window_is_chosen() -> None:
    pixels = np.random.default_rng(0).integers(1000, 2000, (200, 200)).astype(np.uint16)
    pixels[:100] = 0
    picture = rendering.viewer(StoredFilm(pixels, bits=16, padded=pixels == 0))
    assert picture.centre - picture.width / 2 >= 1000


def test_a_stated_window_that_would_show_nothing_is_not_used() -> None:
    pixels = np.random.default_rng(0).integers(1000, 2000, (200, 200)).astype(np.uint16)
    picture = rendering.viewer(StoredFilm(pixels, bits=12, windows=(Window(40, 80),)))
    assert shown(picture).std() > 0.2


def test_the_model_rendition_has_8_bits_and_a_long_side_of_512_at_most() -> None:
    pixels = np.random.default_rng(0).integers(0, 4096, (1500, 1000)).astype(np.uint16)
    model = rendering.model(
        rendering.viewer(StoredFilm(pixels, bits=12, windows=(Window(2048, 4096),)))
    )
    assert model.pixels.shape == (512, 341)
    assert model.pixels.dtype == np.uint8
    small = rendering.model(rendering.viewer(StoredFilm(pixels[:100, :80], bits=12)))
    assert small.pixels.shape == (100, 80)


def test_reducing_before_the_window_differs_from_pydicom_and_pillow_by_little() -> None:
    """The documented difference: an area average of values, not of shown grey levels."""
    ramp = np.add.outer(np.arange(1024), np.arange(1024)).astype(np.uint16)
    film = StoredFilm(ramp, bits=12, windows=(Window(1024, 1500),))
    ours = rendering.model(rendering.viewer(film)).pixels.astype(int)
    full = np.rint(shown(rendering.viewer(film)) * 255).astype(np.uint8)
    theirs = np.asarray(Image.fromarray(full).resize((512, 512), Image.Resampling.BOX)).astype(int)
    assert np.abs(ours - theirs).max() <= 1


@pytest.mark.parametrize(("bits", "mode"), [(8, "L"), (12, "I;16"), (16, "I;16")])
def test_the_png_is_lossless_at_the_film_s_depth(bits: int, mode: str) -> None:
    top = 2**bits
    pixels = np.random.default_rng(0).integers(0, top, (64, 48))
    pixels = pixels.astype(np.uint8 if bits == 8 else np.uint16)
    picture = rendering.viewer(StoredFilm(pixels, bits=bits))
    with Image.open(io.BytesIO(rendering.png(picture))) as image:
        assert image.mode == mode
        assert np.array_equal(np.asarray(image), pixels)
    assert picture.bits == bits
