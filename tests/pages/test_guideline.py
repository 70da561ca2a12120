"""The guideline beside the film, in a real browser."""

from playwright.sync_api import Page, expect
from sqlalchemy import select
from support.reading_room import Room, drawn

from app.db.people import User
from app.db.reading import Annotation
from app.guideline.rules import Draft, publish


def test_the_guideline_lies_beside_the_film_until_it_is_closed(room: Room, page: Page):
    with room.database.begin() as session:
        author = session.scalars(select(User)).first()
        publish(session, Draft("Both compartments.", {room.classes[0]: "Even space."}), 0, author)
    room.open(page, "/reading/seed")
    sheet = page.locator("#guideline")
    expect(sheet).to_be_hidden()
    page.keyboard.press("g")
    expect(sheet).to_contain_text("Both compartments.")
    expect(sheet.get_by_role("heading", name="normal")).to_be_visible()
    expect(sheet).to_contain_text("Version 1")
    page.keyboard.press("1")
    drawn(page, 2)
    expect(sheet).to_be_visible()
    assert room.all(Annotation.guideline_version) == [(1,)]
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()


def test_without_a_guideline_its_key_does_nothing(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("g")
    expect(page.locator("#position")).to_have_text("Image 1")
    expect(page.locator("[data-act=guideline]")).to_have_count(0)
