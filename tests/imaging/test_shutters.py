"""What a shutter hides is black, whatever its shape."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import dcmread
from support.film_files import film, linear, read, shown

WINDOW = {"WindowCenter": "2048", "WindowWidth": "4096"}
ROWS, COLUMNS = 64, 48
PIXELS = np.random.default_rng(0).integers(1500, 4096, (ROWS, COLUMNS)).astype("<u2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def hidden(folder: Path, **shutter: object) -> NDArray[np.bool_]:
    """What a shutter hides of a film that has no black of its own."""
    picture = shown(read(film(PIXELS, BitsStored=12, **WINDOW, **shutter), folder))
    beside = picture > 0
    assert np.allclose(picture[beside], linear(PIXELS, 2048, 4096)[beside])
    return ~beside


EDGE = st.integers(-5, 70)


@given(EDGE, EDGE, EDGE, EDGE)
@settings(max_examples=25)
def test_a_rectangular_shutter_hides_what_is_outside_its_edges(
    folder: Path, left: int, right: int, top: int, bottom: int
) -> None:
    found = hidden(
        folder,
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=left,
        ShutterRightVerticalEdge=right,
        ShutterUpperHorizontalEdge=top,
        ShutterLowerHorizontalEdge=bottom,
    )
    expected = np.ones((ROWS, COLUMNS), bool)
    for row in range(1, ROWS + 1):
        for column in range(1, COLUMNS + 1):
            inside = min(top, bottom) <= row <= max(top, bottom)
            expected[row - 1, column - 1] = not (
                inside and min(left, right) <= column <= max(left, right)
            )
    meant = expected.mean() <= 0.99
    assert found.tolist() == (expected & meant).tolist()


@given(EDGE, EDGE, st.integers(0, 90))
@settings(max_examples=25)
def test_a_circular_shutter_hides_what_is_farther_than_its_radius(
    folder: Path, row: int, column: int, radius: int
) -> None:
    found = hidden(
        folder,
        ShutterShape="CIRCULAR",
        CenterOfCircularShutter=[row, column],
        RadiusOfCircularShutter=radius,
    )
    rows, columns = np.mgrid[1 : ROWS + 1, 1 : COLUMNS + 1]
    expected = (rows - row) ** 2 + (columns - column) ** 2 > radius**2
    assert found.tolist() == (expected & (expected.mean() <= 0.99)).tolist()


@given(st.lists(st.tuples(EDGE, EDGE), min_size=3, max_size=3))
@settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_polygonal_shutter_hides_what_is_outside_it(
    folder: Path, corners: list[tuple[int, int]]
) -> None:
    """A triangle, by the signs of its three sides; on and beside an edge both are right."""
    rows, columns = np.mgrid[1 : ROWS + 1, 1 : COLUMNS + 1]
    sides = []
    for (row, column), (to_row, to_column) in zip(corners, corners[1:] + corners[:1], strict=True):
        length = np.hypot(to_row - row, to_column - column)
        assume(length > 3)
        across = (to_column - column) * (rows - row) - (to_row - row) * (columns - column)
        sides.append(across / length)
    (a, b), (c, d), (e, f) = corners
    turn = np.sign((d - b) * (e - a) - (c - a) * (f - b))
    least = np.min(np.array(sides) * turn, axis=0)
    inside, outside = least > 1, least < -1
    assume(inside.mean() > 0.02)
    found = hidden(
        folder,
        ShutterShape="POLYGONAL",
        VerticesOfThePolygonalShutter=[number for corner in corners for number in corner],
    )
    assert not found[inside].any()
    assert found[outside].all()


def test_a_polygon_that_is_a_rectangle_hides_what_the_rectangle_hides(folder: Path) -> None:
    polygon = hidden(
        folder,
        ShutterShape="POLYGONAL",
        VerticesOfThePolygonalShutter=[10, 5, 10, 40, 50, 40, 50, 5],
    )
    rectangle = hidden(
        folder,
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=5,
        ShutterRightVerticalEdge=40,
        ShutterUpperHorizontalEdge=10,
        ShutterLowerHorizontalEdge=50,
    )
    assert polygon.tolist() == rectangle.tolist()


def test_a_polygon_may_have_a_notch(folder: Path) -> None:
    corners = [1, 1, 1, 48, 64, 48, 64, 1, 32, 24]
    found = hidden(folder, ShutterShape="POLYGONAL", VerticesOfThePolygonalShutter=corners)
    assert found[31, 2]
    assert not found[31, 30]
    assert not found[[0, 0, 63, 63], [0, 47, 0, 47]].any()


def test_several_shutters_hide_together(folder: Path) -> None:
    circle = {"CenterOfCircularShutter": [32, 24], "RadiusOfCircularShutter": 20}
    edge = {"ShutterLeftVerticalEdge": 20}
    both = hidden(folder, ShutterShape=["CIRCULAR", "RECTANGULAR"], **circle, **edge)
    one = hidden(folder, ShutterShape="CIRCULAR", **circle)
    other = hidden(folder, ShutterShape="RECTANGULAR", **edge)
    assert both.tolist() == (one | other).tolist()
    assert one.any()
    assert other.any()


def test_a_circular_shutter_is_round_where_pixels_are_not_square(folder: Path) -> None:
    """The radius is in columns: rows twice as high reach half as far."""
    picture = read(
        film(
            PIXELS,
            ShutterShape="CIRCULAR",
            CenterOfCircularShutter=[32, 24],
            RadiusOfCircularShutter=20,
            PixelAspectRatio=[2, 1],
        ),
        folder,
    )
    assert picture.shuttered is not None
    assert (~picture.shuttered).sum(axis=0).max() == 21
    assert (~picture.shuttered).sum(axis=1).max() == 41


@pytest.mark.parametrize(
    "shutter",
    [
        {"ShutterShape": "BITMAP"},
        {"ShutterShape": "HEXAGONAL"},
        {"ShutterShape": "CIRCULAR", "RadiusOfCircularShutter": 9},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 1, 5, 5]},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 1, 5, 5, 9]},
        {
            "ShutterShape": "POLYGONAL",
            "VerticesOfThePolygonalShutter": [-(2**30), 0, 2**30, 2**30, 2**30, -(2**30)],
        },
        {"ShutterShape": "RECTANGULAR"},
        {"ShutterLeftVerticalEdge": 20},
    ],
)
def test_a_shutter_that_makes_no_sense_hides_nothing(
    folder: Path, shutter: dict[str, object]
) -> None:
    assert not hidden(folder, **shutter).any()


def test_a_shutter_is_black_on_a_colour_film_too(folder: Path) -> None:
    grey = np.full((ROWS, COLUMNS, 3), 200, np.uint8)
    dataset = film(
        grey[..., 0],
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        PhotometricInterpretation="RGB",
        PixelData=grey.tobytes(),
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=25,
    )
    picture = shown(read(dataset, folder))
    assert picture[:, :24].max() == 0
    assert picture[:, 24:].min() > 0.5


def test_the_stored_file_keeps_what_hides(folder: Path) -> None:
    dataset = film(
        PIXELS,
        BitsStored=12,
        ShutterShape=["CIRCULAR", "RECTANGULAR"],
        CenterOfCircularShutter=[32, 24],
        RadiusOfCircularShutter=20,
        ShutterLeftVerticalEdge=20,
        **WINDOW,
    )
    dataset.add_new("PixelPaddingValue", "SS", -1)
    before = read(dataset, folder)
    assert before.stored is not None
    (folder / "stored.dcm").write_bytes(before.stored)
    after = read(dcmread(folder / "stored.dcm"), folder)
    assert np.array_equal(shown(after), shown(before))
