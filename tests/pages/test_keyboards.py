"""Keyboards of other countries, and hands that slip, in a real browser."""

import pytest
from playwright.sync_api import Page, expect
from support.keyboards import FRENCH, GERMAN, KEYBOARDS, RUSSIAN
from support.reading_room import Room, drawn

from app.db.people import OwnKeys
from app.db.reading import Annotation, ReferenceLabel

UNREACHED = """async presses => {
  const { keyOf, namesOf } = await import("/static/desk/presses.js");
  const { capOf } = await import("/static/desk/keymap.js");
  const commands = [...document.querySelectorAll("[data-keys] dt")];
  const owners = new Map(commands.flatMap((dt) =>
    [...dt.querySelectorAll("kbd")].map((cap) => [cap.textContent.toLowerCase(), dt])));
  const reached = presses.map((press) => {
    const event = new KeyboardEvent("keydown", press);
    const names = [keyOf(event), ...namesOf(event).slice(1)];
    return names.map((name) => owners.get(capOf(name).toLowerCase())).find(Boolean);
  });
  const missed = commands.filter((dt) => !reached.includes(dt));
  return missed.map((dt) => dt.nextElementSibling.textContent);
}"""


def labels(room: Room) -> list[tuple[object, ...]]:
    return room.all(ReferenceLabel.image_id, ReferenceLabel.class_id)


def press(page: Page, told: dict[str, object]) -> None:
    """Let the page have a key press of which only this is told."""
    page.evaluate(
        "told => document.body.dispatchEvent("
        "new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...told }))",
        told,
    )


def stays_at(page: Page, position: int) -> None:
    """Wait for whatever the presses so far have started, then see that no film was decided on."""
    page.keyboard.press("i")
    expect(page.locator("#window")).to_contain_text("inverted")
    page.keyboard.press("i")
    expect(page.locator("#window")).not_to_contain_text("inverted")
    expect(page.locator("#position")).to_have_text(f"Image {position}")


@pytest.mark.parametrize("path", ["/reading/seed", "/review?view=AP", "/review/grid"])
def test_every_command_has_a_key_that_every_keyboard_types(room: Room, page: Page, path: str):
    room.log_in(page)
    page.goto(room.server.url + path)
    expect(page.locator("[data-keys] dt").first).to_be_attached()
    for keyboard in KEYBOARDS:
        assert page.evaluate(UNREACHED, keyboard.presses()) == [], keyboard.name


def test_a_french_keyboard_labels_by_its_digit_keys_and_windows_with_shift(room: Room, page: Page):
    room.open(page, "/reading/seed")
    before = page.locator("#window").inner_text()
    FRENCH.press(page, "Digit2", shift=True)
    expect(page.locator("#window")).not_to_have_text(before)
    assert room.all(Annotation.id) == []
    FRENCH.press(page, "Digit2")
    drawn(page, 2)
    FRENCH.press(page, "Digit3")
    drawn(page, 3)
    assert labels(room) == list(zip(room.images, room.classes[1:], strict=False))


def test_letters_are_where_the_keyboard_prints_them(room: Room, page: Page):
    room.open(page, "/reading/seed")
    FRENCH.press(page, "KeyQ")  # prints A: the whole study, which this film is alone
    GERMAN.press(page, "KeyY")  # prints Z: the magnifier
    expect(page.locator(".glass")).to_be_visible()
    GERMAN.press(page, "Minus", shift=True)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert room.all(Annotation.id) == []


def test_a_sign_on_a_digit_key_that_does_nothing_else_is_that_sign(room: Room, page: Page):
    room.open(page, "/review")
    GERMAN.press(page, "Digit7", shift=True)
    expect(page.locator("#filter form")).to_be_visible()


def test_where_no_latin_letter_is_printed_keys_are_where_a_us_keyboard_has_them(
    room: Room, page: Page
):
    room.open(page, "/reading/seed")
    RUSSIAN.press(page, "KeyI")
    expect(page.locator("#window")).to_contain_text("inverted")


def test_a_press_that_is_part_of_something_else_decides_nothing(room: Room, page: Page):
    room.open(page, "/reading/seed")
    for told in (
        {"key": "1", "code": "Digit1", "modifierAltGraph": True},
        {"key": "1", "code": "Digit1", "isComposing": True},
        {"key": "Process", "code": "Digit1"},
        {"key": "Dead", "code": "Digit1"},
        {"key": "Q", "code": "KeyQ", "shiftKey": True},
        {"key": "End", "code": "Numpad1"},
    ):
        press(page, told)
        stays_at(page, 1)
        assert room.all(Annotation.id) == [], told


def test_the_numeric_pad_labels_too(room: Room, page: Page):
    room.open(page, "/reading/seed")
    press(page, {"key": "2", "code": "Numpad2"})
    drawn(page, 2)
    assert labels(room) == [(room.images[0], room.classes[1])]


def test_a_key_chosen_before_by_what_it_typed_goes_on_working(room: Room, page: Page):
    with room.database.begin() as session:
        chosen = {f"class-{room.classes[1]}": ["&"], "brighter": ["["]}
        session.add(OwnKeys(user_id=room.reader, keys=chosen))
    room.open(page, "/reading/seed")
    before = page.locator("#window").inner_text()
    page.keyboard.press("[")
    expect(page.locator("#window")).not_to_have_text(before)
    FRENCH.press(page, "Digit1")
    drawn(page, 2)
    assert labels(room) == [(room.images[0], room.classes[1])]


@pytest.mark.parametrize("path", ["/reading/seed", "/review"])
def test_a_double_click_decides_once_and_leaves_nothing_for_space_and_enter(
    room: Room, page: Page, path: str
):
    room.open(page, path)
    page.locator("[data-act=class-2]").dblclick()
    drawn(page, 2)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    stays_at(page, 2)
    assert len(room.all(Annotation.id)) == 1


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_a_key_held_down_on_a_button_decides_once(room: Room, page: Page, key: str):
    room.open(page, "/reading/seed")
    page.get_by_role("button", name="abnormal").focus()
    for _ in range(6):
        page.keyboard.down(key)
    page.keyboard.up(key)
    drawn(page, 2)
    for _ in range(6):
        page.keyboard.down(key)
    page.keyboard.up(key)
    stays_at(page, 2)
    assert len(labels(room)) == 1


def test_a_press_of_the_mouse_let_go_elsewhere_leaves_nothing_for_space(room: Room, page: Page):
    room.open(page, "/reading/seed")
    box = page.get_by_role("button", name="abnormal").bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(300, 300)
    page.mouse.up()
    page.keyboard.press("Space")
    stays_at(page, 1)
    assert labels(room) == []


def test_a_click_on_a_class_ends_the_note_so_that_keys_are_keys_again(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("n")
    page.keyboard.type("Old fracture")
    page.get_by_role("button", name="abnormal").click()
    drawn(page, 2)
    page.keyboard.press("1")
    drawn(page, 3)
    assert room.all(Annotation.note) == [("Old fracture",), (None,)]
