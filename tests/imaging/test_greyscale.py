"""The steps from stored values to brightness, each by the standard's own formula."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from app.imaging import greyscale
from app.imaging.film import LookupTable, Window


@given(
    st.integers(-1000, 1000),
    st.lists(st.integers(0, 4095), min_size=2, max_size=300),
)
def test_a_lookup_table_holds_its_ends_beyond_them(first: int, entries: list[int]) -> None:
    table = LookupTable(first, np.array(entries, dtype=np.uint16), 12)
    values = np.array([first - 5, first, first + len(entries) - 1, first + len(entries) + 5.0])
    expected = [entries[0], entries[0], entries[-1], entries[-1]]
    assert greyscale.look_up(values, table).tolist() == expected


def test_the_linear_window_is_the_standard_s_example() -> None:
    """PS3.3 C.11.2.1.2.1, note 2: centre 2048 and width 4096 show 0 black and 4095 white."""
    centre, width = greyscale.exact(Window(2048, 4096))
    values = np.array([-1.0, 0.0, 2047.5, 4095.0, 5000.0])
    assert greyscale.linear_exact(values, centre, width).tolist() == [0, 0, 0.5, 1, 1]


def test_a_window_of_width_one_is_a_step() -> None:
    centre, width = greyscale.of_whole_numbers(*greyscale.exact(Window(100, 1)))
    values = np.array([98.0, 99.0, 100.0, 101.0])
    assert greyscale.linear_exact(values, centre, width).tolist() == [0, 0, 1, 1]


@given(st.floats(-5, 5), st.floats(0, 2))
def test_a_narrow_window_is_one_of_width_1_for_whole_numbers(centre: float, width: float) -> None:
    """A step is black up to its middle (PS3.3 C.11.2.1.2.1 with a width of 1)."""
    assume(width == 0 or width > 1e-6)
    values = np.arange(-10.0, 11.0)
    right = (values > centre).astype(float)
    if width:
        right = np.clip((values - centre) / width + 0.5, 0, 1)
    wider = greyscale.of_whole_numbers(centre, width)
    assert wider[1] >= 1
    assert np.allclose(greyscale.linear_exact(values, *wider), right, atol=1e-6)
