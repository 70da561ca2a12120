"""How a film is first shown: as DCMTK shows it, and by the standard's formula where DCMTK errs."""

from pathlib import Path

import numpy as np
import pytest
from files import bad_films
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from support import dcmtk
from support.film_files import film, linear, ramp, read, read_bytes, shown, table

from app.imaging import dicom

RAMP = ramp(12).astype("<u2")
TWELVE = {"BitsStored": 12}
WINDOW = {"WindowCenter": "2048", "WindowWidth": "4096"}
GAMMA = np.rint(np.linspace(0, 1, 4096) ** 0.5 * 4095).astype(int)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def of_ramp(**attributes: object) -> Dataset:
    """A film of all 12-bit values, without a window."""
    return film(RAMP, **TWELVE | attributes)


def differ(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max())


def something_is_seen(brightness: NDArray[np.float64]) -> bool:
    dark, bright = np.percentile(brightness, (1, 99))
    return bool(bright - dark > 0.02)


def by_formula(
    values: NDArray[np.float64], function: str, centre: float, width: float
) -> NDArray[np.float64]:
    """The window as DICOM PS3.3 C.11.2.1.2.1 and C.11.2.1.3 have it."""
    if function == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (values - centre) / width))
    if function == "LINEAR" and width > 1:
        return linear(values, centre, width)
    return np.clip((values - centre) / width + 0.5, 0, 1)


@st.composite
def plain_films(draw: st.DrawFn) -> dict[str, object]:
    """The depth, sign, polarity and rescaling of a film that shows all of its values."""
    bits = draw(st.integers(8, 16))
    signed = bits > 8 and draw(st.booleans())
    return {
        "pixels": ramp(bits, signed),
        "BitsStored": bits,
        "PhotometricInterpretation": draw(st.sampled_from(["MONOCHROME1", "MONOCHROME2"])),
        "RescaleSlope": draw(st.sampled_from([1, 2, -1, 0.25, 3.7])),
        "RescaleIntercept": draw(st.sampled_from([0, -1024, 42048, 17.25])),
    }


@st.composite
def windowed(draw: st.DrawFn) -> Dataset:
    about = draw(plain_films())
    pixels = about.pop("pixels")
    assert isinstance(pixels, np.ndarray)
    slope, intercept = float(str(about["RescaleSlope"])), float(str(about["RescaleIntercept"]))
    span = float(np.ptp(pixels.astype(float))) * abs(slope)
    place = pixels.min() + draw(st.floats(0, 1)) * np.ptp(pixels.astype(float))
    return film(
        pixels,
        **about,
        WindowCenter=f"{place * slope + intercept:.6g}",
        WindowWidth=f"{max(draw(st.floats(0.02, 3)) * span, 8):.6g}",
        VOILUTFunction=draw(st.sampled_from(["LINEAR", "SIGMOID"])),
    )


@given(windowed())
@settings(max_examples=60)
def test_a_window_shows_what_the_formula_and_dcmtk_show(folder: Path, dataset: Dataset) -> None:
    """DCMTK 3.6.7 rounds rescaled values, and shows some slopes below 1 off by a whole scale."""
    slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
    values = dicom.decode(dataset).astype(float) * slope + intercept
    right = by_formula(values, dataset.VOILUTFunction, dataset.WindowCenter, dataset.WindowWidth)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        right = 1 - right
    assume(something_is_seen(right))
    ours = shown(read(dataset, folder))
    assert differ(ours, right) < 1e-4
    if slope.is_integer() and intercept.is_integer():
        assert differ(ours, dcmtk.shown(dataset, folder, *dcmtk.WINDOW)) < 1 / 255


@st.composite
def with_voi_lut(draw: st.DrawFn) -> Dataset:
    """A VOI LUT somewhere over the values, with whichever VR its writer chose."""
    about = draw(plain_films())
    pixels = about.pop("pixels")
    assert isinstance(pixels, np.ndarray)
    # Of values between two inputs of a table the standard says nothing, and DCMTK rounds down.
    slope = about["RescaleSlope"] = draw(st.sampled_from([1, 2, -1]))
    intercept = about["RescaleIntercept"] = draw(st.sampled_from([0, -1024, 42048]))
    low, high = np.sort(np.array([pixels.min(), pixels.max()], float) * slope + intercept)
    assume(low >= -32768 and high <= 65535 and not (low < 0 and high > 32767))
    first = round(low + draw(st.floats(-0.1, 0.5)) * (high - low))
    assume(first >= -32768 and (first >= 0 or low < 0))
    bits = draw(st.integers(8, 16))
    count = draw(st.sampled_from([16, 256, 4096, 40000, 65536]))
    top = 2**bits - 1
    entries = np.linspace(0, 1, count) ** draw(st.sampled_from([0.5, 1, 2])) * top
    item = table(first, np.rint(entries).astype(int), bits)
    if draw(st.booleans()):
        item.LUTDescriptor = [word % 2**16 for word in item.LUTDescriptor]
        item["LUTDescriptor"].VR = "US"
    dataset = film(pixels, **about, VOILUTSequence=[item])
    syntaxes = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
    dataset.file_meta.TransferSyntaxUID = draw(st.sampled_from(syntaxes))
    return dataset


@given(with_voi_lut())
@settings(max_examples=60)
def test_a_voi_lut_shows_what_dcmtk_shows(folder: Path, dataset: Dataset) -> None:
    theirs = dcmtk.shown(dataset, folder, *dcmtk.VOI_LUT)
    assume(something_is_seen(theirs))
    assert differ(shown(read(dataset, folder)), theirs) < 1 / 255


@given(st.booleans(), st.integers(-40, 40), st.integers(9, 16), st.sampled_from([1, 2]))
@settings(max_examples=30)
def test_a_modality_lut_before_a_window_shows_what_dcmtk_shows(
    folder: Path, signed: bool, start: int, bits: int, power: int
) -> None:
    pixels = ramp(12, signed).astype("<i2" if signed else "<u2")
    first = int(pixels.min()) + (start if signed else abs(start))
    top = 2**bits - 1
    entries = np.rint(np.linspace(1, 0, 4000) ** power * top).astype(int)
    dataset = film(
        pixels,
        BitsStored=12,
        ModalityLUTSequence=[table(first, entries, bits)],
        WindowCenter=str(top // 2),
        WindowWidth=str(top),
    )
    theirs = dcmtk.shown(dataset, folder, *dcmtk.WINDOW)
    assert differ(shown(read(dataset, folder)), theirs) < 1 / 255


def test_a_modality_lut_before_a_voi_lut_shows_what_dcmtk_shows(folder: Path) -> None:
    """What a modality LUT gives is never negative: 40,000 is no negative first input."""
    pixels = ramp(12, signed=True).astype("<i2")
    modality = table(-2048, np.linspace(40000, 44095, 4096).astype(int), 16)
    dataset = film(
        pixels,
        BitsStored=12,
        ModalityLUTSequence=[modality],
        VOILUTSequence=[table(40000, GAMMA, 12)],
    )
    theirs = dcmtk.shown(dataset, folder, *dcmtk.VOI_LUT)
    assert something_is_seen(theirs)
    assert differ(shown(read(dataset, folder)), theirs) < 1 / 255


@given(
    st.floats(1e-5, 1e-2),
    st.floats(-1, 1),
    st.floats(0.02, 3),
    st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
)
@settings(max_examples=60)
def test_windows_in_small_units_follow_the_formula(
    folder: Path, slope: float, intercept: float, part: float, function: str
) -> None:
    """DCMTK shows none of these: it knows no width below 1, nor LINEAR_EXACT."""
    slope, intercept = float(f"{slope:.6g}"), float(f"{intercept:.6g}")
    width = float(f"{part * 4095 * slope:.6g}")
    centre = float(f"{2047.5 * slope + intercept:.6g}")
    right = by_formula(RAMP * slope + intercept, function, centre, width)
    assume(something_is_seen(right))
    dataset = of_ramp(
        RescaleSlope=str(slope),
        RescaleIntercept=str(intercept),
        WindowCenter=str(centre),
        WindowWidth=str(width),
        VOILUTFunction=function,
    )
    assert differ(shown(read(dataset, folder)), right) < 1e-4


def test_a_linear_window_of_one_over_fractions_is_taken_as_exact(folder: Path) -> None:
    """To the letter it is a step at 0: every pixel above would be white."""
    dataset = of_ramp(
        RescaleSlope="0.0002442", RescaleIntercept="0", WindowCenter="0.5", WindowWidth="1"
    )
    assert differ(shown(read(dataset, folder)), RAMP / 4095) < 0.001


NOTHING = {
    "beyond the values": table(20000, np.arange(4096), 12),
    "one value": table(0, np.full(4096, 4095), 12),
    "one entry": table(0, [7], 12),
    "black but for two of 4,096 values": table(0, [0] * 4094 + [4095, 4095], 12),
}


@pytest.mark.parametrize("item", NOTHING.values(), ids=NOTHING.keys())
def test_a_lut_that_shows_nothing_leaves_it_to_what_comes_after(
    folder: Path, item: Dataset
) -> None:
    window = shown(read(of_ramp(VOILUTSequence=[item], **WINDOW), folder))
    assert differ(window, linear(RAMP, 2048, 4096)) < 1e-9
    other = shown(read(of_ramp(VOILUTSequence=[item, table(0, GAMMA, 12)], **WINDOW), folder))
    assert differ(other, GAMMA[RAMP] / 4095) < 1e-9
    alone = shown(read(of_ramp(VOILUTSequence=[item]), folder))
    assert differ(alone, RAMP / 4095) < 0.01  # from the 0.5th to the 99.5th percentile


def test_a_modality_lut_that_makes_all_values_one_is_passed_over(folder: Path) -> None:
    flat = table(0, [5] * 100, 12)
    dataset = of_ramp(ModalityLUTSequence=[flat], **WINDOW)
    assert differ(shown(read(dataset, folder)), linear(RAMP, 2048, 4096)) < 1e-9


def test_a_uniform_film_keeps_its_window(folder: Path) -> None:
    pixels = np.full((64, 48), 1024, "<u2")
    picture = shown(read(film(pixels, BitsStored=12, **WINDOW), folder))
    assert differ(picture, linear(pixels, 2048, 4096)) < 1e-9


WINDOWS = {
    "the second of two": (["", "2048"], ["300", "4096"]),
    "the second where the first is no width": (["10", "2048"], ["0", "4096"]),
    "the second where the first shows nothing": (["9000", "2048"], ["10", "4096"]),
    "the first of many centres": (["2048", "99", "98"], ["4096"]),
    "the first of many widths": (["2048"], ["4096", "1", "2"]),
}


@pytest.mark.parametrize(("centres", "widths"), WINDOWS.values(), ids=WINDOWS.keys())
def test_the_first_window_that_can_be_used_is_used(
    folder: Path, centres: list[str], widths: list[str]
) -> None:
    dataset = of_ramp(WindowCenter=centres, WindowWidth=widths)
    assert differ(shown(read(dataset, folder)), linear(RAMP, 2048, 4096)) < 1e-9


AS_WRITTEN = {
    "a decimal comma": (b"2048,5", b"4096,0", 2048.5),
    "spaces and a zero byte": (b" 2048 ", b"4096 \0", 2048),
    "exponents": (b"2.48e3", b"4096.0", 2480),
    "no number first": (b"nan\\20", b"9\\4096", 20),
    "endless first": (b"inf\\20", b"9\\4096", 20),
    "words first": (b"auto\\9", b"x\\4096", 9),
}


@pytest.mark.parametrize(("centre", "width", "meant"), AS_WRITTEN.values(), ids=AS_WRITTEN.keys())
def test_numbers_are_read_as_they_were_meant(
    folder: Path, centre: bytes, width: bytes, meant: float
) -> None:
    places = {"WindowCenter": "111111", "WindowWidth": "222222"}
    file = bad_films.as_file(of_ramp(**places))
    file = file.replace(b"111111", centre.ljust(6)).replace(b"222222", width.ljust(6))
    windows = read_bytes(file, folder).windows
    assert windows[0].centre == meant
    assert windows[0].width in (4096, 4090)


def test_a_wide_window_of_other_units_is_used_as_it_is(folder: Path) -> None:
    dataset = of_ramp(WindowCenter="32768", WindowWidth="65536")
    assert differ(shown(read(dataset, folder)), linear(RAMP, 32768, 65536)) < 1e-9


@pytest.mark.parametrize("slope", ["0", "-0", "none"])
def test_a_slope_that_makes_no_sense_is_no_rescaling(folder: Path, slope: str) -> None:
    dataset = of_ramp(RescaleIntercept="-1024", **WINDOW)
    dataset.add_new("RescaleSlope", "LO", slope)
    assert differ(shown(read(dataset, folder)), linear(RAMP, 2048, 4096)) < 1e-9


def test_an_intercept_without_a_slope_is_applied(folder: Path) -> None:
    """DCMTK applies neither; the window is stated in the values after both."""
    dataset = of_ramp(RescaleIntercept="-1024", WindowCenter="1024", WindowWidth="4096")
    assert differ(shown(read(dataset, folder)), linear(RAMP, 2048, 4096)) < 1e-9
