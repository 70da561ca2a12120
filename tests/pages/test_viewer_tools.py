"""The viewer's tools in a real browser: what they do to the pixels, and what they say."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from support.reading_room import COLUMNS, ROWS, Room, ramp
from support.viewing_room import centred, hang, middle, shown

from app.db.engine import read_only
from app.export.rules import rows
from app.imaging.rendering import Picture


def blot(rows: int = 300, columns: int = 200) -> Picture:
    """A film whose four corners differ, so that every turn shows."""
    pixels = np.full((rows, columns), 400, np.uint16)
    pixels[: rows // 2, : columns // 2] = 3600
    pixels[: rows // 2, columns // 2 :] = 2200
    pixels[rows // 2 :, : columns // 2] = 1200
    return Picture(pixels, 12, 2048, 4096)


def upright(picture: Picture) -> np.ndarray:
    """The film as its file says it is shown, from 0 to 255."""
    return np.clip((picture.pixels - float(picture.centre)) / picture.width + 0.5, 0, 1) * 255


def at_one_to_one(page: Page, rows: int, columns: int) -> np.ndarray:
    page.keyboard.press("o")
    return centred(shown(page), rows, columns)


TURNS = {
    ".": (lambda film: np.rot90(film, -1), "Turned 90° right"),
    ",": (lambda film: np.rot90(film), "Turned 90° left"),
    "..": (lambda film: np.rot90(film, 2), "Turned 180°"),
    "m": (np.fliplr, "Mirrored"),
    "mm": (lambda film: film, ""),
    ".m": (lambda film: np.fliplr(np.rot90(film, -1)), "Turned 90° right, then mirrored"),
    # Behind the mirror a turn to the right still turns to the right on the screen.
    "m.": (lambda film: np.rot90(np.fliplr(film), -1), "Turned 90° left, then mirrored"),
}


def test_a_turned_or_mirrored_film_is_shown_so_and_says_so(room: Room, page: Page):
    hang(room, 0, blot())
    room.open(page, "/reading/seed")
    for keys, (act, words) in TURNS.items():
        for key in keys:
            page.keyboard.press(key)
        expected = act(upright(blot()))
        film = at_one_to_one(page, *expected.shape)
        assert np.abs(film - expected)[2:-2, 2:-2].max() <= 0.5, keys
        expect(page.locator("[data-caption=turned]").first).to_have_text(words)
        page.keyboard.press("r")
        expect(page.locator("[data-caption=turned]").first).to_have_text("")


PRESETS = {
    "As stored in the file": (2048, 4096),
    "Bone": (2048 + 0.2 * 4096, 0.6 * 4096),
    "Soft tissue": (2048 - 0.25 * 4096, 0.5 * 4096),
    "Low contrast": (2048, 1.6 * 4096),
    "Every grey of the file": (4095 / 2, 4095),
}


def test_a_preset_windows_the_film_by_key_and_by_button(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.locator("summary", has_text="Window").click()
    for name, (centre, width) in PRESETS.items():
        page.keyboard.press("Shift+ArrowDown")
        button = page.get_by_role("button", name=name)
        digit = button.locator("kbd").inner_text().removeprefix("Shift+")
        page.keyboard.press(f"Shift+Digit{digit}")
        by_key = at_one_to_one(page, ROWS, COLUMNS)
        expected = np.clip((ramp(0) - float(centre)) / width + 0.5, 0, 1) * 255
        assert np.abs(by_key - expected)[2:-2, 2:-2].max() <= 0.51, name
        page.keyboard.press("Shift+ArrowDown")
        button.click()
        assert (centred(shown(page), ROWS, COLUMNS) == by_key).all(), name


def test_fitted_to_this_film_leaves_out_what_is_rare(room: Room, page: Page):
    pixels = np.full((300, 200), 1000, np.uint16)
    pixels[:, 100:] = 1400
    pixels[0, 0], pixels[-1, -1] = 0, 4095
    hang(room, 0, Picture(pixels, 12, 2048, 4096))
    room.open(page, "/reading/seed")
    page.keyboard.press("Shift+Digit5")
    expect(page.locator("#window")).to_have_text("L 1200  W 400")


def test_fitted_to_this_film_leaves_out_padding_and_what_is_behind_a_shutter(
    room: Room, page: Page
):
    pixels = np.full((300, 200), 1000, np.uint16)
    pixels[:, 100:] = 1400
    pixels[:, :40] = 0
    hang(room, 0, Picture(pixels, 12, 2048, 4096))
    room.open(page, "/reading/seed")
    page.keyboard.press("Shift+Digit5")
    expect(page.locator("#window")).to_have_text("L 1200  W 400")


def test_a_preset_leaves_a_negative_a_negative(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("i")
    page.keyboard.press("Shift+Digit2")
    expect(page.locator("#window")).to_contain_text("inverted")


def points(page: Page) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two places on the film at one to one, 30 across and 40 down from each other."""
    page.keyboard.press("o")
    x, y = middle(page)
    return (x - 10, y - 10), (x + 20, y + 30)


def lay(page: Page, first: tuple[float, float], second: tuple[float, float], by: str) -> None:
    """Lay a length between two places."""
    page.keyboard.press("l")
    if by == "clicks":
        page.mouse.click(*first)
        page.mouse.click(*second)
    else:
        page.mouse.move(*first)
        page.mouse.down()
        page.mouse.move(*second, steps=3)
        page.mouse.up()
    page.mouse.move(5, 300)


@pytest.mark.parametrize(
    ("by", "spacing", "words"), [("clicks", 0.2, "10.0 mm"), ("drag", None, "50 px")]
)
def test_a_length_is_in_millimetres_where_the_file_says_how_large_a_pixel_is(
    room: Room, page: Page, by: str, spacing: float | None, words: str
):
    hang(room, 0, Picture(ramp(0), 12, 2048, 4096), spacing_mm=spacing)
    room.open(page, "/reading/seed")
    before = page.locator("#window").inner_text()
    lay(page, *points(page), by)
    expect(page.locator(".measures text")).to_have_text(words)
    assert page.locator("#window").inner_text() == before
    page.keyboard.press("+")
    page.keyboard.press(".")
    expect(page.locator(".measures text")).to_have_text(words)
    page.keyboard.press("Delete")
    expect(page.locator(".measures text")).to_have_count(0)


PLANES = {
    "detector": " at the detector",
    "patient": " in the patient",
    "estimated": " in the patient, estimated",
    "": "",
}


@pytest.mark.parametrize("plane", PLANES)
def test_a_length_says_where_it_is_measured(room: Room, page: Page, plane: str):
    picture = Picture(ramp(0), 12, 2048, 4096)
    hang(room, 0, picture, spacing_mm=0.2, spacing_plane=plane)
    room.open(page, "/reading/seed")
    lay(page, *points(page), "clicks")
    expect(page.locator(".measures text")).to_have_text(f"10.0 mm{PLANES[plane]}")
    corner = page.locator("[data-caption=spacing]").first
    expect(corner).to_have_text(f"0.2 mm/px{PLANES[plane]}")


def test_a_length_can_be_set_by_the_keyboard_alone(room: Room, page: Page):
    hang(room, 0, Picture(ramp(0), 12, 2048, 4096), spacing_mm=0.5)
    room.open(page, "/reading/seed")
    page.keyboard.press("o")
    page.keyboard.press("Shift+L")
    across = 0.2 * page.locator(".stage canvas").first.evaluate("canvas => canvas.width")
    expect(page.locator(".measures text")).to_have_text(f"{across * 0.5:.1f} mm")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".measures text")).to_have_text(f"{(across + 6) * 0.5:.1f} mm")
    focused = page.locator(".end-point:focus")
    expect(focused).to_have_accessible_name(
        f"Second end of a length of {(across + 6) * 0.5:.1f} mm. "
        "Arrow keys move it, Delete removes the length"
    )
    page.keyboard.press("Delete")
    expect(page.locator(".end-point")).to_have_count(0)
    expect(page.locator("#position")).to_have_text("Image 1")


def test_a_box_is_drawn_by_two_clicks_moved_by_keys_and_kept_with_the_read(room: Room, page: Page):
    hang(room, 0, Picture(ramp(0), 12, 2048, 4096), spacing_mm=0.2, spacing_plane="detector")
    room.open(page, "/reading/seed")
    first, second = points(page)
    page.keyboard.press("Shift+B")
    expect(page.get_by_text("Click two opposite corners")).to_be_visible()
    page.mouse.click(*second)
    page.mouse.click(*first)
    box = page.locator(".measures .box text")
    expect(box).to_have_text("6.0 × 8.0 mm at the detector")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.locator(".end-point").last.focus()
    # Behind the mirror the second corner lies at the right: one step to the right widens the box.
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(box).to_have_text("7.0 × 8.0 mm at the detector")
    expect(page.locator(".end-point:focus")).to_have_accessible_name(
        "Second corner of a box of 7.0 × 8.0 mm at the detector. "
        "Arrow keys move it, Delete removes the box"
    )
    page.keyboard.press("Shift+X")
    expect(page.locator(".measures .box")).to_have_count(2)
    page.keyboard.press("Delete")
    expect(page.locator(".measures .box")).to_have_count(1)
    page.keyboard.press("1")
    expect(page.locator("#position")).to_have_text("Image 2")
    with read_only(room.database) as session:
        (read,) = rows(session, "reads")
    (kept,) = read["measurements"]
    assert (kept["kind"], kept["mm"], kept["plane"]) == ("box", [7, 8], "detector")


def test_lengths_go_with_their_film(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("Shift+L")
    expect(page.locator(".end-point")).to_have_count(2)
    page.keyboard.press("1")
    expect(page.locator("#position")).to_have_text("Image 2")
    expect(page.locator(".end-point")).to_have_count(0)


def test_the_magnifier_shows_what_is_under_the_pointer_larger(room: Room, page: Page):
    hang(room, 0, blot())
    room.open(page, "/reading/seed")
    page.keyboard.press("o")
    x, y = middle(page)
    page.mouse.move(x - 20, y - 30)
    page.keyboard.press("z")
    glass = page.locator(".glass")
    seen = shown(page, glass).astype(int)
    whole = upright(blot())
    half = seen.shape[0] // 2
    # The film's middle lies 20 right of the pointer and 30 below, 2.5 times as far in the glass.
    assert np.abs(seen[half - 40 : half + 40, half - 40 : half + 40] - whole[0, 0]).max() <= 1
    assert np.abs(seen[half + 80 : half + 120, half + 60 : half + 100] - whole[-1, -1]).max() <= 1
    page.keyboard.press("z")
    expect(glass).to_have_count(0)


def test_the_magnifier_goes_when_its_key_was_held(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.down("z")
    expect(page.locator(".glass")).to_be_visible()
    page.wait_for_function(
        "from => performance.now() > from + 350", arg=page.evaluate("performance.now()")
    )
    page.keyboard.up("z")
    expect(page.locator(".glass")).to_have_count(0)
    page.get_by_role("button", name="Magnifier").click()
    expect(page.locator(".glass")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".glass")).to_have_count(0)


def test_the_side_is_marked_and_stays_true_when_the_film_is_mirrored(room: Room, page: Page):
    hang(room, 0, blot(), laterality="L", view="AP")
    room.open(page, "/reading/seed")
    page.keyboard.press("m")
    expect(page.locator("[data-caption=side]").first).to_have_text("L")
    expect(page.locator("#film-name")).to_have_text("Left AP")
    expect(page.locator("[data-caption=turned]").first).to_have_text("Mirrored")
