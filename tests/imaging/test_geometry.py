"""Sizes, proportions and sides, read as the standard means them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from support import dcmtk
from support.film_files import film, read, shown

from app.imaging import geometry, rendering
from app.imaging.film import StoredFilm
from app.imaging.limits import LIMITS

PIXELS = np.zeros((60, 40), "<u2")
WINDOW = {"WindowCenter": "2048", "WindowWidth": "4096"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def of(folder: Path, **attributes: object) -> StoredFilm:
    return read(film(PIXELS, **attributes), folder)


IMAGER, PIXEL = {"ImagerPixelSpacing": [0.2, 0.2]}, {"PixelSpacing": [0.1, 0.1]}
SPACINGS = {
    "at the detector": (IMAGER, 0.2, "detector"),
    "calibrated by geometry": (
        {**IMAGER, **PIXEL, "PixelSpacingCalibrationType": "GEOMETRY"},
        0.1,
        "patient",
    ),
    "calibrated by a fiducial": (
        {**IMAGER, **PIXEL, "PixelSpacingCalibrationType": "fiducial "},
        0.1,
        "patient",
    ),
    "another beside it, not calibrated": ({**IMAGER, **PIXEL}, 0.2, "detector"),
    "calibration of an unknown kind": (
        {**IMAGER, **PIXEL, "PixelSpacingCalibrationType": "BY EYE"},
        0.2,
        "detector",
    ),
    "calibrated, but no spacing": (
        {**IMAGER, "PixelSpacingCalibrationType": "GEOMETRY"},
        0.2,
        "detector",
    ),
    "estimated magnification": (
        {**IMAGER, "EstimatedRadiographicMagnificationFactor": 1.25},
        0.16,
        "estimated",
    ),
    "no magnification": (
        {**IMAGER, "EstimatedRadiographicMagnificationFactor": 1},
        0.2,
        "detector",
    ),
    "a magnification that cannot be": (
        {**IMAGER, "EstimatedRadiographicMagnificationFactor": 0.5},
        0.2,
        "detector",
    ),
    "calibrated beside an estimate": (
        {
            **IMAGER,
            **PIXEL,
            "PixelSpacingCalibrationType": "GEOMETRY",
            "EstimatedRadiographicMagnificationFactor": 1.25,
        },
        0.1,
        "patient",
    ),
    "without saying where": (PIXEL, 0.1, ""),
    "of the scanner of a film": ({"NominalScannedPixelSpacing": [0.2, 0.2]}, 0.2, "detector"),
    "the next where the first is none": ({"ImagerPixelSpacing": [0, 0], **PIXEL}, 0.1, ""),
    "the next where the first is a slip": ({"ImagerPixelSpacing": [0.2, 20], **PIXEL}, 0.1, ""),
    "one number": ({"PixelSpacing": 0.1}, None, ""),
    "nothing": ({}, None, ""),
}


@pytest.mark.parametrize(("stated", "spacing", "plane"), SPACINGS.values(), ids=SPACINGS.keys())
def test_the_spacing_says_where_it_is_measured(
    folder: Path, stated: dict[str, object], spacing: float | None, plane: str
) -> None:
    found = of(folder, **stated)
    assert (found.spacing_mm, found.spacing_plane) == (spacing, plane)


def disc(rows: int, columns: int, aspect: float) -> NDArray[np.integer]:
    """A bright disc on grey as a film with pixels of that aspect has it."""
    y, x = np.mgrid[0:rows, 0:columns]
    inside = np.hypot((y - rows / 2) * aspect, x - columns / 2) < min(rows * aspect, columns) / 3
    return np.where(inside, 4000, 1000).astype("<u2")


OBLONG = {
    "ratio": ({"PixelAspectRatio": ["2", "1"]}, 2),
    "ratio below 1": ({"PixelAspectRatio": ["2", "3"]}, 2 / 3),
    "spacing": ({"PixelSpacing": ["0.2", "0.1"]}, 2),
    "imager spacing": ({"ImagerPixelSpacing": ["0.1", "0.15"]}, 2 / 3),
    "calibrated spacing": (
        {"PixelSpacing": ["0.3", "0.1"], "PixelSpacingCalibrationType": "FIDUCIAL"},
        3,
    ),
}


@pytest.mark.parametrize(("stated", "aspect"), OBLONG.values(), ids=OBLONG.keys())
def test_both_renditions_of_oblong_pixels_have_the_film_s_true_proportions(
    folder: Path, stated: dict[str, object], aspect: float
) -> None:
    pixels = disc(60, 80, aspect)
    found = read(film(pixels, BitsStored=12, **WINDOW, **stated), folder)
    viewer = rendering.viewer(found)
    expected = (round(60 * aspect), 80) if aspect > 1 else (60, round(80 / aspect))
    assert viewer.pixels.shape == rendering.model(viewer).pixels.shape == expected
    bright = viewer.pixels > 2500
    height, width = bright.any(axis=1).sum(), bright.any(axis=0).sum()
    assert abs(height / width - 1) < 0.08


@pytest.mark.parametrize("ratio", [["2", "1"], ["3", "2"], ["4", "1"]])
def test_proportions_are_those_of_dcmtk(folder: Path, ratio: list[str]) -> None:
    pixels = disc(60, 80, int(ratio[0]) / int(ratio[1]))
    dataset = film(pixels, BitsStored=12, PixelAspectRatio=ratio, **WINDOW)
    theirs = dcmtk.shown(dataset, folder, *dcmtk.WINDOW, "--scale-x-factor", "1")
    ours = shown(read(dataset, folder))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).mean() < 0.02  # they interpolate the disc's edge in another way


@pytest.mark.parametrize(
    "ratio",
    [["1", "1"], ["100", "100.5"], ["0", "1"], ["1"], ["1", "1000"], ["-2", "1"], ["x", "1"]],
)
def test_a_ratio_of_nothing_or_of_next_to_nothing_changes_nothing(
    folder: Path, ratio: list[str]
) -> None:
    dataset = film(disc(60, 80, 1), BitsStored=12, **WINDOW)
    dataset.add_new("PixelAspectRatio", "LO", ratio)
    assert shown(read(dataset, folder)).shape == (60, 80)


def test_the_spacing_is_that_of_the_square_pixels(folder: Path) -> None:
    found = read(film(disc(60, 80, 2), ImagerPixelSpacing=["0.2", "0.1"]), folder)
    assert found.spacing_mm == pytest.approx(0.1)
    found = read(film(disc(60, 80, 0.5), ImagerPixelSpacing=["0.1", "0.2"]), folder)
    assert found.spacing_mm == pytest.approx(0.1)


@given(st.integers(1, 10000), st.integers(1, 10000), st.floats(0.1, 10))
def test_square_pixels_keep_proportions_and_are_never_too_many(
    rows: int, columns: int, aspect: float
) -> None:
    size = geometry.true_size(rows, columns, aspect)
    assert size.rows * size.columns <= LIMITS.pixels
    assert size.rows in (rows, max(round(rows * aspect), 1))
    assert size.columns in (columns, max(round(columns / aspect), 1))
    if min(size.rows, size.columns) > 1:
        wanted = rows * aspect / columns
        rounding = 0.5 / size.rows + 0.5 / size.columns
        assert abs(size.rows / size.columns / wanted - 1) <= rounding * 1.5


def test_a_film_made_smaller_averages(folder: Path) -> None:
    """What would be too large is reduced; a line of one row does not vanish."""
    noise = np.random.default_rng(0).integers(0, 4096, (90, 40)).astype(np.uint16)
    picture = rendering.viewer(StoredFilm(noise, bits=12, shown_size=(30, 40)))
    expected = cv2.resize(noise, (40, 30), interpolation=cv2.INTER_AREA)
    assert picture.pixels.tolist() == expected.tolist()


SIDES = {
    "in full": ({"ImageLaterality": "RIGHT"}, "R"),
    "of the series, in full": ({"Laterality": "Left"}, "L"),
    "lower case": ({"ImageLaterality": "r"}, "R"),
    "a space": ({"Laterality": "R "}, "R"),
    "the image before the series": ({"ImageLaterality": "L", "Laterality": "R"}, "L"),
    "unpaired is no side": ({"ImageLaterality": "U", "Laterality": "L"}, "L"),
    "unpaired alone": ({"ImageLaterality": "U"}, ""),
    "both": ({"ImageLaterality": "B", "Laterality": "L"}, "B"),
    "both, of the series": ({"Laterality": "B"}, "B"),
    "empty": ({"ImageLaterality": "", "Laterality": "R"}, "R"),
    "two in one": ({"Laterality": ["R", "L"]}, ""),
    "another language": ({"ImageLaterality": "DROITE"}, ""),
    "in the description only": ({"SeriesDescription": "Knee R", "ViewPosition": "R"}, ""),
}


@pytest.mark.parametrize(("stated", "side"), SIDES.values(), ids=SIDES.keys())
def test_the_side_is_what_the_image_says_else_its_series(
    folder: Path, stated: dict[str, object], side: str
) -> None:
    assert of(folder, **stated).laterality == side


@pytest.mark.parametrize("modality", ["CR", "DX", "DR", "dr "])
def test_a_radiograph_may_be_called_dr(folder: Path, modality: str) -> None:
    """No defined term of PS3.3 C.7.3.1.1.1, but what many consoles write."""
    assert of(folder, Modality=modality).pixels.shape == (60, 40)
