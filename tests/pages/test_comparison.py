"""Films of one patient side by side, in a real browser."""

import numpy as np
from playwright.sync_api import Locator, Page, expect
from support.reading_room import ROWS, Room, ramp
from support.viewing_room import hang, middle, one_patient, shown
from support.worklist_rows import add_images

from app.imaging.rendering import Picture


def beside(page: Page) -> Locator:
    """The films beside the one to label."""
    return page.locator(".pane:not(:first-child)")


def compare(room: Room, page: Page) -> None:
    """Open a film whose patient has one more of the study and three of another, all beside it."""
    one_patient(room)
    for number, (side, view) in enumerate([("L", "AP"), ("L", "LATERAL"), ("R", "AP")]):
        picture = Picture(ramp(number), 12, 2048, 4096)
        hang(room, number, picture, laterality=side, view=view)
    room.open(page, "/reading/seed")
    page.keyboard.press("c")
    expect(beside(page)).to_have_count(4)
    for number in range(4):
        corner = beside(page).nth(number).locator("[data-caption=scale]")
        expect(corner).not_to_be_empty()


def levels(page: Page) -> list[str]:
    return page.locator("[data-caption=level]").all_inner_texts()


def test_the_study_comes_first_then_the_patients_other_studies(room: Room, page: Page):
    compare(room, page)
    expect(beside(page).locator("[data-caption=name]")).to_have_text(
        [
            "Left Lateral",
            "Right AP · Another study",
            "No side or view given · Another study",
            "No side or view given · Another study",
        ]
    )
    expect(page.locator("#film-name")).to_have_text("Left AP")
    page.keyboard.press("c")
    expect(beside(page)).to_have_count(0)


def test_films_hang_as_the_patient_faces_the_reader(room: Room, page: Page):
    """The right knee on the left; the film to label lies first in the document all the same."""
    one_patient(room)
    for number, side in enumerate(["L", "R", "", "R", "L"]):
        hang(room, number, Picture(ramp(number), 12, 2048, 4096), laterality=side)
    room.open(page, "/reading/seed")
    for width in (700, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        if width == 700:
            page.keyboard.press("c")
            expect(beside(page)).to_have_count(4)
        sides = page.locator(".pane").evaluate_all(
            """panes => panes.map((pane) => [pane.querySelector("[data-caption=side]").textContent,
                Math.round(pane.getBoundingClientRect().x)])"""
        )
        places = {side: {x for letter, x in sides if letter == side} for side in ("R", "L")}
        assert max(places["R"]) <= min(places["L"])
    expect(page.locator(".pane").first.locator("#film-name")).to_contain_text("Left")


def test_a_comparison_stays_on_for_the_next_film_and_the_label_is_still_the_first_ones(
    room: Room, page: Page
):
    compare(room, page)
    beside(page).nth(2).locator("canvas").click()
    page.keyboard.press("1")
    expect(page.locator("#position")).to_have_text("Image 2")
    expect(page.locator("#film-name")).to_have_text("Left Lateral")
    expect(beside(page)).to_have_count(4)
    expect(beside(page).first.locator("[data-caption=name]")).to_have_text("Left AP")


def test_a_comparison_says_so_where_the_patient_has_no_other_film(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("c")
    expect(page.locator("#stage-note")).to_have_text("There is no other film of this patient.")


def test_more_films_than_fit_are_turned_through_with_whichever_key_the_reader_has(
    room: Room, page: Page
):
    with room.database.begin() as session:
        room.images.extend(add_images(session, 3, name="more"))
    one_patient(room)
    room.open(page, "/reading/seed")
    page.keyboard.press("c")
    note = page.locator("#stage-note")
    expect(note).to_have_text("5 of 7 other films; V shows the next")
    page.keyboard.press("?")
    page.get_by_role("button", name="Change the key of Next view of the study").click()
    page.keyboard.press("g")
    expect(page.locator("[data-key-note]")).to_have_text("G is now “Next view of the study”.")
    page.keyboard.press("Escape")
    before = beside(page).first.locator("[data-caption=name]").inner_text()
    page.keyboard.press("g")
    expect(note).to_have_text("5 of 7 other films; G shows the next")
    assert beside(page).first.locator("[data-caption=name]").inner_text() != before


def test_nothing_beside_a_film_says_what_anybody_thinks_of_it(room: Room, page: Page):
    answers: list[str] = []
    page.on(
        "response",
        lambda answer: answers.append(answer.text()) if "comparison" in answer.url else None,
    )
    compare(room, page)
    assert len(answers) == 1
    for word in ("class", "label", "report", "probabilit", "Effusion", "Joint space"):
        assert word not in answers[0]


def test_keys_act_on_the_film_touched_last_alone(room: Room, page: Page):
    compare(room, page)
    before = levels(page)
    beside(page).nth(1).locator("canvas").click()
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_function(
        "was => [...document.querySelectorAll('[data-caption=level]')][2].textContent !== was",
        arg=before[2],
    )
    after = levels(page)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True] * 2 + [False] + [
        True
    ] * 2


def test_synchronised_films_are_moved_zoomed_and_windowed_together(room: Room, page: Page):
    compare(room, page)
    canvases = page.locator(".pane canvas")
    page.keyboard.press("t")
    x, y = middle(page, canvases.nth(1))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 25, steps=3)
    page.mouse.up()
    page.mouse.wheel(0, -300)
    page.mouse.down(button="middle")
    page.mouse.move(x + 80, y + 10, steps=3)
    page.mouse.up(button="middle")
    page.keyboard.press("i")
    expected = f"L {round(2048 + 25 * 4096 / 500)}  W {round(4096 * 1.1)}  inverted"
    expect(page.locator("[data-caption=level]")).to_have_text([expected] * 5)
    scales = [
        int(text.split()[0]) for text in page.locator("[data-caption=scale]").all_inner_texts()
    ]
    # Panes that share a row differ in width by less than a pixel.
    assert max(scales) - min(scales) <= 1
    first, other = (shown(page, canvases.nth(number)).astype(int) for number in (0, 1))
    # The same ramp, 100 values apart, seen through a window of 1.1 x 4,096.
    assert 5 <= np.median((first - other)[20:-20, 20:-20]) <= 6
    page.keyboard.press("t")
    page.keyboard.press("r")
    expect(page.locator("[data-caption=level]").nth(1)).to_have_text("L 2048  W 4096")
    assert page.locator("[data-caption=level]").nth(0).inner_text() == expected


def test_a_film_larger_than_others_is_followed_in_parts_of_itself(room: Room, page: Page):
    one_patient(room)
    small = ramp(1)[: ROWS // 2, ::2].copy()
    hang(room, 1, Picture(small, 12, 1000, 500))
    room.open(page, "/reading/seed")
    page.keyboard.press("t")
    page.keyboard.press("c")
    expect(beside(page)).to_have_count(4)
    expect(beside(page).first.locator("[data-caption=scale]")).not_to_be_empty()
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowDown")
    # Fifteen five-hundredths of each film's own window.
    expect(beside(page).first.locator("[data-caption=level]")).to_have_text("L 1015  W 500")
    whole, half = (
        float(page.locator("[data-caption=scale]").nth(number).inner_text().split()[0])
        for number in (0, 1)
    )
    assert abs(half / whole - 2) < 0.1
