"""The links of every page fit a laptop, a window at 200 % and a phone, and work by keyboard."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from support.reading_room import Room

from app.db.people import User

WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def admin(room: Room, page: Page) -> Page:
    """A tab in which an admin is logged in."""
    with room.database.begin() as session:
        session.execute(update(User).values(role="admin"))
    room.log_in(page)
    return page


def test_every_room_is_a_link_away_on_a_wide_screen(room: Room, admin: Page) -> None:
    for width in (1280, 2560):
        admin.set_viewport_size({"width": width, "height": 800})
        admin.goto(f"{room.server.url}/settings")
        expect(admin.get_by_role("button", name="Menu")).to_be_hidden()
        pages = admin.get_by_role("navigation", name="Pages")
        tops = pages.get_by_role("link").evaluate_all("all => all.map(e => e.offsetTop)")
        assert len(tops) >= 7
        assert len(set(tops)) == 1
        assert not admin.evaluate(WIDER_THAN_THE_WINDOW)


@pytest.mark.parametrize("width", [390, 640])
def test_on_a_phone_and_at_200_percent_the_keyboard_opens_the_links(
    room: Room, admin: Page, width: int
) -> None:
    """A window of 1280 pixels at 200 % is 640 wide."""
    admin.set_viewport_size({"width": width, "height": 800})
    admin.goto(f"{room.server.url}/people")
    assert not admin.evaluate(WIDER_THAN_THE_WINDOW)
    runs = admin.get_by_role("navigation", name="Pages").get_by_role("link", name="Runs")
    expect(runs).to_be_hidden()
    admin.get_by_role("button", name="Menu").focus()
    admin.keyboard.press("Enter")
    expect(runs).to_be_visible()
    admin.keyboard.press("Escape")
    expect(runs).to_be_hidden()
    admin.keyboard.press("Enter")
    runs.focus()
    admin.keyboard.press("Enter")
    admin.wait_for_url("**/runs")
