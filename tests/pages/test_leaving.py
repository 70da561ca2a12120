"""What becomes of the films in a reader's hands when the page is left, in a real browser."""

import dataclasses
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy import select
from support.reading_room import Room, drawn
from support.worklist_rows import add_readers

from app.db.people import User
from app.db.reading import Annotation, Lease
from app.db.tables import now
from app.log_ins import start
from app.review.grid import page_of_grid
from app.worklists.items import lease_next
from app.worklists.leases import give_back


def in_hands(room: Room) -> list[tuple[str, int]]:
    with room.database() as session:
        held = select(Lease.worklist, Lease.image_id).where(Lease.expires_at > now())
        return sorted((worklist, image) for worklist, image in session.execute(held))


def until(said: Callable[[], bool]) -> None:
    """Wait for what the page has no word of any more."""
    deadline = time.monotonic() + 20
    while not said():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_page_that_is_left_gives_its_film_back_at_once(room: Room, page: Page):
    room.open(page, "/reading/seed")
    assert in_hands(room) == [("seed", room.images[0])]
    page.goto(f"{room.server.url}/")
    until(lambda: in_hands(room) == [])


def test_a_tab_that_is_closed_gives_its_page_of_the_grid_back(room: Room, page: Page):
    room.log_in(page)
    other = page.context.new_page()
    other.goto(f"{room.server.url}/review/grid/2")
    other.locator(".tile").nth(4).wait_for()
    assert len(in_hands(room)) == 5
    other.close(run_before_unload=True)
    until(lambda: in_hands(room) == [])


def test_a_reload_keeps_the_film_and_its_lease(room: Room, page: Page):
    room.open(page, "/reading/seed")
    for _ in range(3):
        page.reload()
        drawn(page)
    page.keyboard.press("1")
    drawn(page, 2)
    assert room.all(Annotation.image_id) == [(room.images[0],)]
    assert in_hands(room) == [("seed", room.images[1])]


def test_another_class_of_the_grid_takes_the_place_of_the_first(room: Room, page: Page):
    room.log_in(page)
    page.goto(f"{room.server.url}/review/grid/2")
    page.locator(".tile").nth(4).wait_for()
    page.locator("[data-waiting='1']").click()
    page.wait_for_url("**/review/grid/1")
    until(lambda: in_hands(room) == [])


def test_who_logged_in_again_in_another_tab_is_given_films_without_a_word(room: Room, page: Page):
    with room.database.begin() as session:
        colleague = add_readers(session, 1)[0]
        page_of_grid(session, colleague, room.classes[1], 300, now())
    room.log_in(page)
    page.goto(f"{room.server.url}/review/grid/2")
    page.locator("#again").wait_for()
    with room.database.begin() as session:
        give_back(session, colleague, now())
    room.log_in(page)  # another log-in, of whose token this page knows nothing
    with page.expect_navigation():
        page.locator("#again").click()
    page.locator(".tile").nth(4).wait_for()


def test_an_upload_whose_page_is_left_is_removed(room: Room, page: Page, tmp_path: Path):
    with room.database.begin() as session:
        admin = User(name="Admin", role="admin")
        session.add(admin)
    dataclasses.replace(room, reader=admin.id).log_in(page)
    uploads = room.server.settings.home / "uploads"
    # The second file never gets through.
    page.route(lambda url: "name=b.dcm" in url, lambda route: None)
    for name in ("a.dcm", "b.dcm"):
        (tmp_path / name).write_bytes(b"a film")
    page.goto(f"{room.server.url}/imports")
    page.locator("#files").set_input_files([tmp_path / "a.dcm", tmp_path / "b.dcm"])
    with page.expect_request(lambda request: "name=b.dcm" in request.url):
        page.locator("#start:enabled").click()
    assert len(list(uploads.glob("*/files/a.dcm"))) == 1
    page.goto(f"{room.server.url}/worklists")
    until(lambda: list(uploads.iterdir()) == [])


def test_a_film_released_under_the_readers_eyes_is_refused_in_words_with_the_note(
    room: Room, page: Page
):
    with room.database.begin() as session:
        admin = User(name="Admin", role="admin")
        session.add(admin)
        session.flush()
        colleague = add_readers(session, 1)[0]
        others = [{"name": "condyle", "value": start(session, admin, 1)[0], "url": room.server.url}]
    room.open(page, "/reading/seed")
    page.keyboard.press("n")
    page.keyboard.type("Axis?")
    page.keyboard.press("Enter")
    with closing(page.context.browser.new_context()) as desk_of_the_admin:
        desk_of_the_admin.add_cookies(others)
        people = desk_of_the_admin.new_page()
        people.goto(f"{room.server.url}/people")
        row = people.get_by_role("row", name="rosa 0")
        assert "Seed set 1" in row.inner_text()
        row.get_by_role("button", name="Release").click()
        people.get_by_role("button", name="Release").wait_for(state="detached")
    with room.database.begin() as session:
        assert lease_next(session, colleague, "seed", 300, now()) == room.images[0]
    page.keyboard.press("1")
    drawn(page, 2)
    said = page.locator("#message").inner_text()
    assert "given to another reader" in said
    assert "Your note was: Axis?" in said
    assert page.locator("#note").input_value() == ""
    assert room.all(Annotation.id) == []
