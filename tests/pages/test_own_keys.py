"""A reader's own keys, in a real browser."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect
from support.reading_room import Room, drawn

from app.db.people import OwnKeys
from app.db.reading import Annotation, ReferenceLabel


@pytest.fixture
def other_machine(browser: Browser) -> Iterator[Page]:
    """A browser that has never been here."""
    with closing(browser.new_context(viewport={"width": 1280, "height": 800})) as context:
        yield context.new_page()


def change(page: Page, name: str, key: str) -> None:
    """Ask for another key of a command, with the help open."""
    page.get_by_role("button", name=f"Change the key of {name}", exact=True).click()
    page.keyboard.press(key)


def note(page: Page):
    return page.locator("[data-key-note]")


def test_a_key_can_be_changed_and_the_change_follows_the_reader(
    room: Room, page: Page, other_machine: Page
):
    room.open(page, "/reading/seed")
    page.keyboard.press("?")
    change(page, "abnormal", "g")
    expect(note(page)).to_have_text("G is now “abnormal”.")
    change(page, "Invert", "Shift+Digit9")
    expect(note(page)).to_have_text("Shift+9 is now “Invert”.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    for each in (page, other_machine):
        if each is other_machine:
            room.open(each, "/reading/seed")
        expect(each.get_by_role("button", name="abnormal").locator("kbd")).to_have_text("G")
        each.keyboard.press("Shift+Digit9")
        expect(each.locator("#window")).to_contain_text("inverted")
        each.keyboard.press("i")
        each.keyboard.press("2")
    expect(other_machine.locator("#position")).to_have_text("Image 1")
    assert room.all(Annotation.id) == []
    other_machine.keyboard.press("g")
    drawn(other_machine, 2)
    assert room.all(ReferenceLabel.class_id) == [(room.classes[1],)]


def test_a_key_that_does_something_already_is_refused_in_words(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("?")
    change(page, "Invert", "f")
    expect(note(page)).to_have_text(
        "F is already “Whole film”. Give that another key first, or choose another here."
    )
    page.keyboard.press("Enter")
    expect(note(page)).to_contain_text("Enter presses the selected button")
    page.keyboard.press("Control+q")
    expect(note(page)).to_contain_text("belong to the browser")
    page.keyboard.press("Escape")
    expect(note(page)).to_have_text("The key stays as it was.")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    expect(page.locator("#window")).to_contain_text("inverted")
    assert room.all(OwnKeys.keys) == []


def test_all_keys_can_be_had_back(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("?")
    change(page, "This help", "h")
    change(page, "normal", "d")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("h")
    page.get_by_role("button", name="Reset all keys").click()
    expect(note(page)).to_have_text("All keys are reset.")
    expect(page.get_by_role("button", name="Reset all keys")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    drawn(page, 2)
    assert room.all(OwnKeys.keys) == [({},)]


def test_what_a_page_does_with_a_key_goes_before_a_key_chosen_elsewhere(room: Room, page: Page):
    room.open(page, "/review")
    page.keyboard.press("?")
    change(page, "Invert", "q")
    expect(note(page)).to_have_text("Q is now “Invert”.")
    room.open(page, "/reading/seed")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text(
        "Invert (Q is “No label: poor quality” on this page)"
    )
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    drawn(page, 2)
    assert room.all(Annotation.unusable) == [(True,)]


def test_keys_that_cannot_be_kept_stay_as_they_were(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.route("**/api/v1/keys", lambda route: route.abort())
    page.keyboard.press("?")
    change(page, "Invert", "g")
    expect(note(page)).to_have_text("The server does not answer.")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page.locator("#window")).to_contain_text("inverted")
