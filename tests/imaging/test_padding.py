"""Padding is no part of the picture: neither white nor counted, whatever sign it was given."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.film_files import film, linear, ramp, read, shown

WINDOW = {"WindowCenter": "2048", "WindowWidth": "4096"}
ROWS, COLUMNS = 64, 48
PIXELS = np.random.default_rng(0).integers(1500, 4096, (ROWS, COLUMNS)).astype("<u2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@st.composite
def paddings(draw: st.DrawFn) -> tuple[bool, int, int, int, str, str]:
    """A range of stored values, both ends in whichever VR."""
    bits = draw(st.integers(10, 16))
    signed = draw(st.booleans())
    low = -(2 ** (bits - 1)) if signed else 0
    first = draw(st.integers(low, low + 2**bits - 1))
    last = min(first + draw(st.integers(0, 2**bits // 3)), low + 2**bits - 1)
    vrs = st.sampled_from(["US", "SS"])
    return signed, bits, first, last, draw(vrs), draw(vrs)


@given(paddings())
@settings(max_examples=60)
def test_padding_is_found_whatever_sign_its_writer_gave_it(
    folder: Path, padding: tuple[bool, int, int, int, str, str]
) -> None:
    signed, bits, first, last, *vrs = padding
    pixels = ramp(bits, signed).astype("<i2" if signed else "<u2")
    right = (pixels >= first) & (pixels <= last)
    assume(right.any() and not right.all())
    dataset = film(pixels, BitsStored=bits)
    for keyword, value, vr in zip(
        ("PixelPaddingValue", "PixelPaddingRangeLimit"), (first, last), vrs, strict=True
    ):
        # With 16 bits in use the wrong VR may say another number that the film has.
        own = "SS" if signed else "US"
        as_vr = own if bits == 16 else vr
        dataset.add_new(keyword, as_vr, in_vr(value, as_vr))
    padded = read(dataset, folder).padded
    assert padded is not None
    assert padded.tolist() == right.tolist()


def in_vr(value: int, vr: str) -> int:
    """The number that the same 16 bits are in a VR."""
    word = value % 2**16
    return word - 2**16 if vr == "SS" and word >= 2**15 else word


@pytest.mark.parametrize(
    ("value", "limit", "right"),
    [
        ((63536, "US"), None, [-2000]),
        ((-2000, "SS"), (63546, "US"), range(-2000, -1989)),
        ((65535, "US"), (0, "SS"), [-1, 0]),
    ],
)
def test_signed_padding_of_16_bits_is_the_number_its_bits_mean(
    folder: Path, value: tuple[int, str], limit: tuple[int, str] | None, right: list[int]
) -> None:
    pixels = np.arange(-2048, 2048).reshape(64, 64).astype("<i2")
    dataset = film(pixels, BitsStored=12)
    dataset.add_new("PixelPaddingValue", value[1], value[0])
    if limit:
        dataset.add_new("PixelPaddingRangeLimit", limit[1], limit[0])
    padded = read(dataset, folder).padded
    assert padded is not None
    assert pixels[padded].tolist() == list(right)


@pytest.mark.parametrize(("value", "limit"), [(-1, None), (65535, None), (-5, -1), (65531, 65535)])
def test_padding_that_no_pixel_has_hides_nothing(
    folder: Path, value: int, limit: int | None
) -> None:
    dataset = film(ramp(12).astype("<u2"), BitsStored=12)
    vr = "SS" if value < 0 else "US"
    dataset.add_new("PixelPaddingValue", vr, value)
    if limit is not None:
        dataset.add_new("PixelPaddingRangeLimit", vr, limit)
    assert read(dataset, folder).padded is None


def test_padding_of_the_whole_film_is_passed_over(folder: Path) -> None:
    dataset = film(
        PIXELS, BitsStored=12, PixelPaddingValue=0, PixelPaddingRangeLimit=4095, **WINDOW
    )
    assert np.allclose(shown(read(dataset, folder)), linear(PIXELS, 2048, 4096))


def padded_half(value: int) -> NDArray[np.integer]:
    pixels = PIXELS.copy()
    pixels[:, : COLUMNS // 2] = value
    return pixels


@pytest.mark.parametrize("value", [0, 1000, 4095])
def test_padding_of_monochrome1_is_black(folder: Path, value: int) -> None:
    dataset = film(
        padded_half(value),
        BitsStored=12,
        PhotometricInterpretation="MONOCHROME1",
        PixelPaddingValue=value,
        **WINDOW,
    )
    picture = shown(read(dataset, folder))
    assert picture[:, : COLUMNS // 2].max() == 0
    right = 1 - linear(PIXELS, 2048, 4096)[:, COLUMNS // 2 :]
    assert np.allclose(picture[:, COLUMNS // 2 :], right)


def test_padding_of_monochrome2_stays_where_it_is_dark_and_is_never_white(folder: Path) -> None:
    def half(value: int) -> float:
        dataset = film(padded_half(value), BitsStored=12, PixelPaddingValue=value, **WINDOW)
        return float(shown(read(dataset, folder))[:, : COLUMNS // 2].max())

    assert half(400) == pytest.approx(400 / 4095)
    assert half(4000) == 0


def test_background_is_black_in_a_window_that_begins_below_the_film_s_values(folder: Path) -> None:
    dataset = film(
        padded_half(0),
        BitsStored=12,
        PhotometricInterpretation="MONOCHROME1",
        PixelPaddingValue=0,
        WindowCenter="2048",
        WindowWidth="9000",
    )
    picture = shown(read(dataset, folder))
    assert picture[:, : COLUMNS // 2].max() == 0
    right = 1 - linear(PIXELS, 2048, 9000)[:, COLUMNS // 2 :]
    assert np.allclose(picture[:, COLUMNS // 2 :], right)


@pytest.mark.parametrize("interpretation", ["MONOCHROME1", "MONOCHROME2"])
def test_neither_padding_nor_shutter_counts_where_a_window_is_chosen(
    folder: Path, interpretation: str
) -> None:
    pixels = np.random.default_rng(0).integers(1000, 2000, (ROWS, COLUMNS)).astype("<u2")
    pixels[:20], pixels[40:] = 0, 4095
    dataset = film(
        pixels,
        BitsStored=12,
        PhotometricInterpretation=interpretation,
        PixelPaddingValue=0,
        ShutterShape="RECTANGULAR",
        ShutterLowerHorizontalEdge=40,
    )
    picture = shown(read(dataset, folder))
    assert picture[20:40].std() > 0.25
    assert picture[:20].max() == picture[40:].max() == 0
