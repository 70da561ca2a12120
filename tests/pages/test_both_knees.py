"""A film of both knees on the desk: the knee that is asked for is framed, and can be put right."""

from contextlib import closing

import cv2
import numpy as np
import pytest
from pages.test_accessibility import at_rest, serious
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select, update
from support.both_knees import pair
from support.reading_room import COLUMNS, ROWS, Room, drawn
from support.viewing_room import centred, hang, one_patient, shown

from app.db.archive import Image, Rendition
from app.db.learning import PseudoLabel, Run
from app.db.people import AuditEvent
from app.db.reading import ReferenceLabel
from app.imaging.rendering import Picture
from app.imaging.storage import Store

DARK, BRIGHT = 1000, 3000


@pytest.fixture
def knees(room: Room) -> Room:
    """The first two images are the right and the left knee of one film, the darker half first."""
    hang_both(room)
    return room


def hang_both(room: Room) -> None:
    pixels = np.full((ROWS, COLUMNS), BRIGHT, np.uint16)
    pixels[:, : COLUMNS // 2] = DARK
    one_patient(room)
    with room.database.begin() as session:
        session.execute(update(Image).values(width=COLUMNS, height=ROWS))
    for number, half in enumerate((pixels[:, : COLUMNS // 2], pixels[:, COLUMNS // 2 :])):
        hang(room, number, Picture(half.copy(), 12, 2048, 4096))
    with room.database.begin() as session:
        models = session.scalars(
            select(Rendition)
            .where(Rendition.kind == "model", Rendition.image_id.in_(room.images[:2]))
            .order_by(Rendition.image_id)
        ).all()
        kept = [(each.id, each.digest, each.width) for each in models]
    hang(room, 0, Picture(pixels, 12, 2048, 4096))
    with room.database.begin() as session:
        for number, digest, width in kept:
            part = update(Rendition).where(Rendition.id == number)
            session.execute(part.values(digest=digest, width=width))
        pair(session, *room.images[:2])


def frame(page: Page, pane: int = 0) -> list[float]:
    """Left, top, right and bottom of the frame on its canvas, in CSS pixels."""
    points = page.locator(".pane").nth(pane).locator(".frame polygon:not(.halo)")
    said = points.get_attribute("points") or ""
    corners = np.array([point.split(",") for point in said.split()], float)
    return [*corners.min(axis=0), *corners.max(axis=0)]


def film_on_screen(page: Page) -> list[float]:
    """Where the whole film lies while it fits: left, top, right and bottom."""
    box = page.locator(".stage canvas").first.bounding_box()
    assert box
    scale = min(box["width"] / COLUMNS, box["height"] / ROWS)
    left, top = (box["width"] - COLUMNS * scale) / 2, (box["height"] - ROWS * scale) / 2
    return [left, top, left + COLUMNS * scale, top + ROWS * scale]


def regions(room: Room) -> dict[str, tuple[object, object]]:
    """Where each side's part begins and ends."""
    rows = room.all(Image.laterality, Image.region_left, Image.region_right)
    return {str(side): (left, right) for side, left, right in rows if left is not None}


@pytest.mark.parametrize("size", [(1280, 800), (2560, 1440)])
def test_the_knee_that_is_asked_for_is_framed_named_and_announced(
    knees: Room, page: Page, size: tuple[int, int]
):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    knees.open(page, "/reading/seed")
    left, top, right, bottom = film_on_screen(page)
    middle = (left + right) / 2
    assert np.allclose(frame(page), [left, top, middle, bottom], atol=1)
    expect(page.locator(".frame text").first).to_have_text("Right knee")
    announced = page.locator("[data-caption=knee]").first
    expect(announced).to_have_attribute("role", "status")
    expect(announced).to_have_text("Right knee: the label is for the knee in the frame")
    expect(page.locator("#film-name")).to_have_text("Right AP")
    # A letter in the corner would stand on the other knee.
    expect(page.locator("[data-caption=side]").first).to_have_text("")
    page.keyboard.press("1")
    drawn(page, 2)
    assert np.allclose(frame(page), [middle, top, right, bottom], atol=1)
    expect(announced).to_have_text("Left knee: the label is for the knee in the frame")
    page.keyboard.press("2")
    drawn(page, 3)
    expect(page.locator(".frame").first).to_be_hidden()
    expect(announced).to_have_text("")
    labels = dict(knees.all(ReferenceLabel.image_id, ReferenceLabel.class_id))
    assert [labels[image] for image in knees.images[:2]] == knees.classes[:2]


def test_the_frame_covers_none_of_the_knee_and_the_window_is_the_films_own(knees: Room, page: Page):
    knees.open(page, "/reading/seed")
    page.keyboard.press("o")
    film = centred(shown(page), ROWS, COLUMNS)
    assert set(np.unique(film[:, : COLUMNS // 2])) == {round(255 * (DARK / 4096))}
    assert set(np.unique(film[:, COLUMNS // 2 :])) == {round(255 * (BRIGHT / 4096))}
    # The canvas is the film; over it lies nothing but the frame's lines and its name.
    assert (
        page.locator(".frame polygon").first.evaluate("it => getComputedStyle(it).fill") == "none"
    )
    assert (
        page.locator(".frame").first.evaluate("it => getComputedStyle(it).pointerEvents") == "none"
    )


def test_the_frame_goes_with_the_film_as_it_is_moved_turned_and_mirrored(knees: Room, page: Page):
    knees.open(page, "/reading/seed")
    left, top, right, bottom = film_on_screen(page)
    middle = (left + right) / 2
    page.keyboard.press("m")
    page.wait_for_function("() => document.querySelector('[data-caption=turned]').textContent")
    assert np.allclose(frame(page), [middle, top, right, bottom], atol=1)
    page.keyboard.press("r")
    page.wait_for_function("() => !document.querySelector('[data-caption=turned]').textContent")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "left => parseFloat(document.querySelector('.frame polygon').points[0].x) > left + 50",
        arg=left,
    )
    assert np.allclose(frame(page), [left + 60, top, middle + 60, bottom], atol=1)


def test_a_preview_of_one_knee_lies_where_that_knee_is(knees: Room, page: Page):
    waiting: list[Route] = []
    page.route("**/images/1/pixels?*", lambda route: waiting.append(route))
    knees.log_in(page)
    page.goto(f"{knees.server.url}/reading/seed")
    page.wait_for_function("() => performance.getEntriesByName('preview drawn').length === 1")
    seen = shown(page)
    left, _, right, _ = (round(edge) for edge in film_on_screen(page))
    row, middle = seen[seen.shape[0] // 2].astype(int), (left + right) // 2
    assert abs(row[left + 9 : middle - 9] - 255 * DARK / 4096).max() <= 2
    assert row[middle + 9 :].max() == 0
    waiting[0].continue_()
    drawn(page)
    row = shown(page)[seen.shape[0] // 2].astype(int)
    assert abs(row[middle + 9 : right - 9] - 255 * BRIGHT / 4096).max() <= 2


def test_the_line_is_moved_by_keyboard_and_saved_for_everybody(knees: Room, page: Page):
    knees.open(page, "/reading/seed")
    page.locator("#knees summary").focus()
    page.keyboard.press("Enter")
    slider = page.get_by_role("slider", name="Line between the knees")
    expect(slider).to_have_value("200")
    expect(page.locator("#save-line")).to_be_disabled()
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value("170")
    # Nothing is labelled by a key that moves the line, and nothing is saved yet.
    assert regions(knees) == {"R": (0, 200), "L": (200, 400)}
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#knees-said")).to_have_text("Saved. The frame shows: Right knee.")
    assert regions(knees) == {"R": (0, 170), "L": (170, 400)}
    left, top, right, bottom = film_on_screen(page)
    line = left + (right - left) * 170 / COLUMNS
    assert np.allclose(frame(page), [left, top, line, bottom], atol=1)
    ((reader, details),) = knees.all(AuditEvent.user_id, AuditEvent.details)[:1]
    assert reader == knees.reader
    assert details == {"line": 170, "was": 200}
    assert knees.all(Run.kind, Run.status)[-1] == ("crop", "queued")
    assert knees.all(ReferenceLabel.image_id) == []
    page.locator(".stage canvas").first.click()
    page.keyboard.press("1")
    drawn(page, 2)
    assert np.allclose(frame(page), [line, top, right, bottom], atol=1)


def test_the_line_is_dragged_on_the_film_and_forgotten_if_it_is_not_saved(knees: Room, page: Page):
    knees.open(page, "/reading/seed")
    page.locator("#knees summary").click()
    left, top, right, bottom = film_on_screen(page)
    box = page.locator(".stage canvas").first.bounding_box()
    assert box
    middle, height = box["x"] + (left + right) / 2, box["y"] + (top + bottom) / 2
    page.mouse.move(middle, height)
    page.mouse.down()
    page.mouse.move(middle + 60, height, steps=4)
    page.mouse.up()
    moved = 200 + round(60 / (right - left) * COLUMNS)
    assert abs(int(page.locator("#line").input_value()) - moved) <= 1
    expect(page.locator("#save-line")).to_be_enabled()
    expect(page.locator("#window")).to_have_text("L 2048  W 4096")
    page.locator("#knees summary").click()
    expect(page.locator(".frame .line").first).to_be_hidden()
    page.locator("#knees summary").click()
    expect(page.locator("#line")).to_have_value("200")
    assert regions(knees)["R"] == (0, 200)


def test_the_framed_knee_is_said_to_be_the_other_one(knees: Room, page: Page):
    knees.open(page, "/reading/seed")
    page.locator("#knees summary").click()
    page.get_by_role("button", name="The frame shows the left knee").click()
    expect(page.locator("#film-name")).to_have_text("Left AP")
    expect(page.locator(".frame text").first).to_have_text("Left knee")
    assert regions(knees) == {"L": (0, 200), "R": (200, 400)}
    page.get_by_role("button", name="The frame shows the right knee").click()
    expect(page.locator("#film-name")).to_have_text("Right AP")
    assert regions(knees) == {"R": (0, 200), "L": (200, 400)}


def test_what_the_server_refuses_is_said_and_the_line_stays(knees: Room, page: Page):
    knees.open(page, "/reading/seed")
    with knees.database.begin() as session:
        session.get_one(Image, knees.images[1]).source_digest = "another film"
    page.locator("#knees summary").click()
    page.locator("#other-knee").click()
    expect(page.locator("#knees-said")).to_contain_text("This film is of one knee.")
    expect(page.locator(".frame text").first).to_have_text("Right knee")


def test_beside_the_film_lie_others_and_not_itself_again(knees: Room, page: Page):
    knees.open(page, "/reading/seed")
    expect(page.locator("#views .view")).to_have_count(0)
    page.keyboard.press("c")
    expect(page.locator(".pane")).to_have_count(4)
    expect(page.locator(".frame:not([hidden])")).to_have_count(1)


def test_review_frames_the_knee_and_lays_the_map_of_attention_on_it(room: Room, page: Page):
    room.images = room.reviewed
    hang_both(room)
    store = Store(room.server.settings.home / "store")
    with room.database.begin() as session:
        whole = np.full((96, 48), 255, np.uint8)
        digest = store.put(cv2.imencode(".png", whole)[1].tobytes())
        session.execute(update(PseudoLabel).values(attention_digest=digest))
    room.open(page, "/review")
    expect(page.locator(".frame text").first).to_have_text("Right knee")
    page.keyboard.press("h")
    expect(page.locator("canvas.attention")).to_be_visible()
    opaque = page.locator("canvas.attention").evaluate(
        """canvas => { const { width, height } = canvas;
          const { data } = canvas.getContext('2d').getImageData(0, height >> 1, width, 1);
          return [...Array(width).keys()].filter((x) => data[4 * x + 3] > 0); }"""
    )
    left, _, right, _ = film_on_screen(page)
    assert abs(opaque[0] - left) <= 2
    assert abs(opaque[-1] - (left + right) / 2) <= 2


def test_the_knees_tools_keep_nobody_out(knees: Room, browser: Browser):
    with closing(browser.new_context(bypass_csp=True)) as context:
        page = context.new_page()
        knees.open(page, "/reading/seed")
        page.locator("#knees summary").click()
        at_rest(page)
        assert serious(page) == []
