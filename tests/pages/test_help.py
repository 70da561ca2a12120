"""Help in a real browser: by keyboard from a term to its meaning and on to the documentation."""

from playwright.sync_api import Page, expect
from sqlalchemy import update
from support.reading_room import Room

from app.db.people import User

WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth > innerWidth"


def test_a_term_leads_by_keyboard_to_its_meaning_and_to_the_documentation(room: Room, page: Page):
    with room.database.begin() as session:
        session.execute(update(User).values(role="admin"))
    room.log_in(page)
    page.goto(f"{room.server.url}/models")
    mark = page.get_by_role("link", name="What does “Labeler” mean?")
    mark.focus()
    assert mark.get_attribute("title")
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/glossary#labeler")
    expect(page.locator("#labeler")).to_be_in_viewport()
    page.keyboard.press("Tab")  # a fragment moves the place from which Tab goes on
    expect(page.get_by_role("link", name="More Labeler")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/documents/labeler")
    expect(page.get_by_role("article")).to_have_attribute("lang", "en")


def test_the_tour_leads_to_its_page_and_is_hidden_and_shown_again(room: Room, page: Page):
    room.log_in(page)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(room.server.url + "/")
    page.get_by_role("button", name="Hide the tour").click()
    expect(page.get_by_role("heading", name="First tour")).to_have_count(0)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Help").click()
    page.wait_for_url("**/help")
    for address in ("help", "help/glossary", "help/documents/evaluation", "help/documents/pages"):
        page.goto(f"{room.server.url}/{address}")
        assert not page.evaluate(WIDER_THAN_THE_WINDOW), address
    page.goto(f"{room.server.url}/help")
    page.get_by_role("button", name="Show it on my first page").click()
    page.get_by_role("link", name="Go there Read a film").click()
    page.wait_for_url("**/reading/*")
