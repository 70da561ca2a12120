"""A reader narrows a worklist to what is wanted, and widens it again, in a real browser."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from support.reading_room import NAME, PASSWORD, Room, drawn

from app.db.archive import Image, Workspace
from app.db.learning import PseudoLabel

SITES = ("Rome", "Oslo", "Rome", "Oslo", "Rome")


@pytest.fixture
def sites(room: Room) -> Room:
    """The room with films of two sites, a lateral one among them, and growing confidence."""
    with room.database.begin() as session:
        both = (*enumerate(room.images), *enumerate(room.reviewed))
        for number, image in both:
            origin = {"site": SITES[number], "view": "LAT" if number == 2 else "AP"}
            session.execute(update(Image).where(Image.id == image).values(origin))
            label = update(PseudoLabel).where(PseudoLabel.image_id == image)
            session.execute(label.values(**origin, confidence=0.5 + number / 10))
    return room


def open_at(room: Room, page: Page, path: str, position: int) -> None:
    """Log in and open a page whose first film is not the first of the list."""
    room.log_in(page)
    page.goto(room.server.url + path)
    drawn(page, position)


def statuses(room: Room) -> list[object]:
    return [status for _, status in sorted(room.all(PseudoLabel.id, PseudoLabel.status))]


def test_a_filter_set_by_keyboard_holds_over_decisions_and_a_reload_until_one_key_clears_it(
    sites: Room, page: Page
):
    sites.open(page, "/review")
    expect(page.locator("#left")).to_have_text("5 left")
    page.keyboard.press("/")
    expect(page.get_by_label("Predicted class")).to_be_focused()
    page.get_by_label("Site").select_option("Oslo")
    page.get_by_label("Site").press("Tab")
    page.get_by_label("At least").fill("55")
    page.get_by_label("At least").press("Enter")
    page.wait_for_url("**/review?least=0.55&site=Oslo")
    drawn(page, 2)
    expect(page.locator(".filtered")).to_have_text("only 55 to 100 %, Oslo")
    expect(page.locator("#left")).to_have_text("2 left of these")
    page.keyboard.press("a")
    drawn(page, 4)
    page.reload()
    drawn(page, 4)
    expect(page.locator("#left")).to_have_text("1 left of these")
    page.keyboard.press("u")
    drawn(page, 2)
    page.keyboard.press("a")
    drawn(page, 4)
    page.keyboard.press("0")
    page.wait_for_url("**/review")
    drawn(page, 4)
    expect(page.locator(".filtered")).to_have_count(0)
    expect(page.locator("#left")).to_have_text("4 left")
    assert statuses(sites)[1] == "approved"


def test_where_the_filter_lets_nothing_through_the_page_says_so_and_offers_to_clear_it(
    sites: Room, page: Page
):
    open_at(sites, page, "/review?view=LAT&least=0.65", 3)
    page.keyboard.press("a")
    expect(page.locator("#end-title")).to_have_text("No film is left that matches the filter")
    expect(page.locator("#end-text")).to_have_text(
        "Without the filter 4 reads are left on this list."
    )
    page.get_by_role("button", name="Clear the filter").click()
    drawn(page, 1)


def test_the_next_film_fetched_ahead_is_the_next_the_filter_lets_through(sites: Room, page: Page):
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    sites.open(page, "/review?site=Rome")
    page.keyboard.press("a")
    drawn(page, 3)
    page.keyboard.press("a")
    drawn(page, 5)
    shown = {
        number for number in sites.reviewed for url in fetched if f"/images/{number}/pixels" in url
    }
    assert shown == {sites.reviewed[number] for number in (0, 2, 4)}


def test_the_filter_outlives_an_ended_log_in(sites: Room, page: Page):
    open_at(sites, page, "/review?site=Oslo", 2)
    sites.end_log_ins()
    page.keyboard.press("a")
    page.get_by_role("link", name="Log in again").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    drawn(page, 4)
    expect(page.locator(".filtered")).to_have_text("only Oslo")
    assert statuses(sites) == ["needs_review", "approved", *["needs_review"] * 3]


def test_the_seed_set_is_narrowed_to_a_view_and_escape_leaves_the_filter(sites: Room, page: Page):
    sites.open(page, "/reading/seed")
    page.keyboard.press("/")
    expect(page.get_by_label("Predicted class")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Site")).to_be_hidden()
    expect(page.get_by_role("button", name="Filter")).to_be_focused()
    page.keyboard.press("/")
    page.get_by_label("View", exact=True).select_option("LAT")
    page.get_by_role("button", name="Show these").click()
    drawn(page, 3)
    page.keyboard.press("1")
    expect(page.locator("#end-title")).to_have_text("No film is left that matches the filter")


def test_a_filter_that_blind_first_forbids_says_so_and_can_be_cleared(sites: Room, page: Page):
    sites.open(page, "/review?class_id=2")
    with sites.database.begin() as session:
        session.add(Workspace(blind_first=True))
    page.reload()
    expect(page.locator("#message")).to_contain_text("blind first")
    page.keyboard.press("0")
    drawn(page, 1)
    expect(page.locator("#left")).to_have_text("5 left")
