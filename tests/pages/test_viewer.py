"""The pixels the viewer paints, read back from its canvas."""

import base64

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from support.reading_room import COLUMNS, ROWS, Room, ramp


def shown(page: Page) -> NDArray[np.uint8]:
    """The canvas's grey levels."""
    url = page.evaluate(
        """() => new Promise(done => requestAnimationFrame(() => setTimeout(
            () => done(document.querySelector('.stage canvas').toDataURL('image/png')))))"""
    )
    png = np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8)
    return cv2.imdecode(png, cv2.IMREAD_GRAYSCALE).astype(np.uint8)


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".stage canvas").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def linear(stored: NDArray[np.uint16], centre: float, width: float) -> NDArray[np.float64]:
    """DICOM PS3.3 C.11.2.1.2.1, function LINEAR, from 0 to 255."""
    grey = ((stored - (centre - 0.5)) / (width - 1) + 0.5) * 255
    grey = np.where(stored <= centre - 0.5 - (width - 1) / 2, 0, grey)
    return np.where(stored > centre - 0.5 + (width - 1) / 2, 255, grey)


def linear_exact(stored: NDArray[np.uint16], centre: float, width: float) -> NDArray[np.float64]:
    """LINEAR with the centre and width of a window in LINEAR_EXACT terms (C.11.2.1.3.2)."""
    return linear(stored, centre + 0.5, width + 1)


def film_of(canvas: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The film's part of a canvas on which it lies centred at one to one."""
    top, left = (canvas.shape[0] - ROWS) // 2, (canvas.shape[1] - COLUMNS) // 2
    best = None
    for y in range(top - 2, top + 3):
        for x in range(left - 2, left + 3):
            cut = canvas[y : y + ROWS, x : x + COLUMNS].astype(int)
            difference = np.abs(cut - linear_exact(ramp(0), 2048, 4096)).max()
            if best is None or difference < best[0]:
                best = (difference, cut)
    assert best
    return best[1]


def test_a_12_bit_ramp_is_windowed_exactly(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("o")
    film = film_of(shown(page))
    assert np.abs(film - linear_exact(ramp(0), 2048, 4096)).max() <= 0.5
    assert len(np.unique(film)) == 256


def test_a_drag_changes_the_window_by_what_it_says(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("o")
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 300, y - 40, steps=4)
    page.mouse.up()
    text = page.locator("#window").inner_text()
    assert text.split() == ["L", str(round(2048 - 40 * 4096 / 500)), "W", str(round(4096 * 0.4))]
    canvas = shown(page)
    top, left = (canvas.shape[0] - ROWS) // 2, (canvas.shape[1] - COLUMNS) // 2
    expected = linear_exact(ramp(0), 2048 - 40 * 4096 / 500, 4096 * 0.4)
    inside = canvas[top + 4 : top + ROWS - 4, left + 4 : left + COLUMNS - 4].astype(int)
    differences = [
        np.abs(inside - expected[4 + dy : ROWS - 4 + dy, 4 + dx : COLUMNS - 4 + dx]).max()
        for dy in range(-2, 3)
        for dx in range(-2, 3)
    ]
    assert min(differences) <= 0.5


def test_invert_is_the_negative_and_reset_brings_the_film_back(room: Room, page: Page):
    room.open(page, "/reading/seed")
    before = shown(page)
    page.keyboard.press("i")
    inverted = shown(page)
    film = before[:, before.shape[1] // 2]
    inner = slice(5, len(film) - 5)
    assert np.abs(255 - film[inner].astype(int) - inverted[inner, before.shape[1] // 2]).max() <= 1
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("+")
    assert (shown(page) != before).any()
    page.keyboard.press("r")
    assert (shown(page) == before).all()


def test_the_wheel_zooms_about_the_cursor(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("o")
    x, y = middle(page)
    box = page.locator(".stage canvas").bounding_box()
    spot = (int(y - box["y"]) + 60, int(x - box["x"]) + 50)
    before = int(shown(page)[spot])
    page.mouse.move(x + 50, y + 60)
    page.mouse.wheel(0, -400)
    expect(page.locator("#scale")).to_have_text("223 %")
    assert abs(int(shown(page)[spot]) - before) <= 3


@pytest.mark.parametrize(
    ("button", "modifier"), [("middle", None), ("left", "Shift"), ("left", " ")]
)
def test_a_pan_moves_the_film_with_the_mouse(room: Room, page: Page, button, modifier):
    room.open(page, "/reading/seed")
    page.keyboard.press("o")
    before = shown(page)
    x, y = middle(page)
    page.mouse.move(x, y)
    if modifier:
        page.keyboard.down(modifier)
    page.mouse.down(button=button)
    page.mouse.move(x + 30, y + 20, steps=3)
    page.mouse.up(button=button)
    assert (shown(page)[20:, 30:] == before[:-20, :-30]).all()


def test_double_click_is_one_to_one_and_back(room: Room, page: Page):
    room.open(page, "/reading/seed")
    fitted = page.locator("#scale").inner_text()
    page.mouse.dblclick(*middle(page))
    expect(page.locator("#scale")).to_have_text("100 %")
    page.mouse.dblclick(*middle(page))
    page.wait_for_function(
        "text => document.querySelector('#scale')?.textContent === text", arg=fitted
    )
