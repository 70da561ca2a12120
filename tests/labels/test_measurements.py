"""What is drawn on a film, in figures."""

import pytest
from pydantic import ValidationError

from app.labels.measurements import Measurement, figures, in_words

LENGTH = {"kind": "length", "points": [[10, 10], [40, 50]]}
ANGLES = [
    ([[10, 0], [0, 0], [0, 10]], 90),
    ([[-10, 0], [0, 0], [10, 1e-9]], 180),
    # Across the half turn, where a difference of directions is nearly a whole one.
    ([[-10, 1], [0, 0], [-10, -1]], 11.42),
    ([[3, 3], [3, 3], [9, 3]], 0),
]


@pytest.mark.parametrize(("points", "degrees"), ANGLES)
def test_an_angle_is_that_at_its_second_point_whatever_the_spacing(points, degrees):
    (figure,) = figures([{"kind": "angle", "points": points}], 0.2, "detector")
    assert figure["degrees"] == pytest.approx(degrees, abs=0.01)


def test_a_length_says_in_millimetres_where_it_is_measured_and_else_pixels():
    (known,) = figures([LENGTH], 0.2, "detector")
    assert (known["pixels"], known["mm"], known["plane"]) == (50, 10, "detector")
    (unknown,) = figures([LENGTH], None, "")
    assert "mm" not in unknown
    assert in_words([LENGTH], 0.2, "detector") == ["length 10.0 mm at the detector"]
    assert in_words([LENGTH], None, "") == ["length 50 px"]


def test_an_arrow_is_kept_and_says_nothing():
    arrow = {"kind": "arrow", "points": [[1, 1], [2, 2]]}
    assert figures([arrow], 0.2, "") == [arrow]
    assert in_words([arrow], 0.2, "") == []


def test_a_box_says_how_wide_and_high_it_is_whichever_corners_were_set():
    box = {"kind": "box", "points": [[40, 10], [10, 50]]}
    (known,) = figures([box], 0.2, "detector")
    assert (known["pixels"], known["mm"], known["plane"]) == ([30, 40], [6, 8], "detector")
    assert in_words([box], 0.2, "detector") == ["box 6.0 × 8.0 mm at the detector"]
    assert in_words([box], None, "") == ["box 30 × 40 px"]


@pytest.mark.parametrize(
    "drawn",
    [
        {"kind": "box", "points": [[0, 0], [1, 1], [2, 2]]},
        {"kind": "angle", "points": [[0, 0], [1, 1]]},
        {"kind": "length", "points": [[0, 0], [1, 1], [2, 2]]},
        {"kind": "length", "points": [[0, 0], [float("nan"), 1]]},
        {"kind": "length", "points": [[0, 0], [1e9, 1]]},
        {"kind": "circle", "points": [[0, 0], [1, 1]]},
    ],
)
def test_what_is_no_measurement_is_refused(drawn):
    with pytest.raises(ValidationError):
        Measurement.model_validate(drawn)
