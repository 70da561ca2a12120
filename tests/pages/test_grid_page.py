"""What a radiologist does on the grid, in a real browser."""

import dataclasses
from contextlib import closing

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update
from support.reading_room import NAME, PASSWORD, Room, Shelf
from support.worklist_rows import add_images, add_readers, add_sweep

from app.db.archive import Image, Rendition
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, Lease
from app.review import grid
from app.settings import Settings

PAGE, REST = 60, 10
"""Films on a page, more than are in sight at a time, and on the next; the product's is of 200."""


@pytest.fixture
def sheet(room: Room, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Room:
    """The room with a sweep of two smaller pages."""
    monkeypatch.setattr(grid, "PAGE", PAGE)
    return sweep(room, settings, PAGE + REST)


def sweep(room: Room, settings: Settings, films: int) -> Room:
    """Sweep so many films of the second class, the first the most confident."""
    store = Shelf(settings.home / "store")
    with room.database.begin() as session:
        images = add_images(session, films, name="g")
        labels = add_sweep(session, images)
        session.execute(
            update(PseudoLabel),
            [
                {"id": label, "confidence": 0.95 - place / 1000}
                for place, label in enumerate(labels)
            ],
        )
        models = select(Rendition).join(Image).where(Rendition.kind == "model")
        for rendition in session.scalars(models.where(Image.id.in_(images))):
            film = np.full((80, 64), rendition.image_id % 200, np.uint8)
            rendition.digest = store.put(cv2.imencode(".png", film)[1].tobytes())
    return room


def open_grid(room: Room, page: Page, films: int = PAGE) -> None:
    room.log_in(page)
    page.goto(f"{room.server.url}/review/grid")
    drawn(page, films)


def drawn(page: Page, count: int) -> None:
    """Wait until the page has so many films and nothing is on its way."""
    page.wait_for_function(
        """count => document.querySelectorAll('.tile').length === count
        && !document.querySelector('#grid.sending')""",
        arg=count,
    )


SCROLL = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const tiles = [...document.querySelectorAll('.tile')];
  for (let round = 0; round < 3; round++) {
    for (let place = 0; place < tiles.length + 15; place += 16) {
      if (document.querySelector('#confirm').textContent.startsWith('agree with')) return;
      (tiles[place] ?? tiles.at(-1)).scrollIntoView({ block: 'center' });
      await frame();
      await frame();
    }
  }
}"""


def see_all(page: Page) -> None:
    """Scroll down until every film was in sight."""
    page.evaluate(SCROLL)
    expect(page.locator("#confirm")).to_contain_text("agree with")


def statuses(room: Room) -> dict[str, int]:
    """How many pseudo-labels of the sheet have each status."""
    rows = [status for (status,) in room.all(PseudoLabel.status)]
    return {status: rows.count(status) for status in set(rows)}


def shown(page: Page) -> list[str]:
    return page.locator(".tile").evaluate_all("tiles => tiles.map(each => each.dataset.id)")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_page_of_200_with_3_marked_by_keyboard_alone_and_taken_back_in_one_step(
    room: Room, settings: Settings, page: Page
):
    sheet = sweep(room, settings, 230)
    open_grid(sheet, page, 200)
    see_all(page)
    page.locator(".tile").first.focus()
    press(page, "ArrowRight", "Space", "ArrowDown", "1", "ArrowRight", "x")
    expect(page.locator("#confirm")).to_have_text("agree with 197, not the 3 marked")
    expect(page.locator(".tile[aria-pressed=true]")).to_have_count(3)
    press(page, "Enter")
    drawn(page, 30)
    assert statuses(sheet) == {
        "approved": 197,
        "corrected": 1,
        "rejected": 1,
        "needs_review": 5 + 30 + 1,
    }
    expect(page.locator("#undo")).to_have_text("Undo batch of 200")
    press(page, "u")
    drawn(page, 200)
    assert statuses(sheet) == {"needs_review": 235}
    expect(page.locator(".tile[aria-pressed=true]")).to_have_count(3)
    see_all(page)
    press(page, "Enter")
    drawn(page, 30)
    assert statuses(sheet)["approved"] == 197


def test_enter_shows_what_was_not_in_sight_before_it_approves_anything(sheet: Room, page: Page):
    open_grid(sheet, page)
    confirm = page.locator("#confirm")
    expect(confirm).to_contain_text("not seen yet")
    unseen = confirm.inner_text()
    press(page, "Enter")
    expect(confirm).not_to_have_text(unseen)
    assert statuses(sheet) == {"needs_review": 5 + PAGE + REST}


def test_the_film_under_the_mouse_is_shown_large(sheet: Room, page: Page):
    open_grid(sheet, page)
    third = page.locator(".tile").nth(2)
    third.hover()
    expect(page.locator("#large")).to_be_visible()
    assert page.locator("#large").get_attribute("src") == third.locator("img").get_attribute("src")
    expect(page.locator("#large-name")).to_have_text(f"3 of {PAGE}, No side or view given, 95 %")


def test_films_take_all_the_width_beside_the_panel(sheet: Room, page: Page):
    open_grid(sheet, page)
    films, panel = (page.locator(each).bounding_box() for each in (".sheet", ".grid-room > .panel"))
    assert films
    assert panel
    assert films["width"] + panel["width"] == 1280
    assert films["width"] > 2 * panel["width"]


def test_a_film_that_cannot_be_shown_is_not_approved(sheet: Room, page: Page):
    page.route("**/thumbnails/*", lambda route: route.abort())
    open_grid(sheet, page)
    expect(page.locator(".tile").first).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".tile .flag").first).to_have_text("cannot be shown, stays in review")


def test_two_readers_never_get_one_image(sheet: Room, page: Page, browser: Browser):
    open_grid(sheet, page)
    with sheet.database.begin() as session:
        colleague = dataclasses.replace(sheet, reader=add_readers(session, 1)[0])
    with closing(browser.new_context()) as context:
        theirs = context.new_page()
        colleague.log_in(theirs)
        theirs.goto(page.url)
        drawn(theirs, REST)
        assert not set(shown(page)) & set(shown(theirs))
        see_all(page)
        see_all(theirs)
        press(page, "Enter")
        press(theirs, "Enter")
        drawn(page, 0)
        drawn(theirs, 0)
    assert statuses(sheet) == {"approved": PAGE + REST, "needs_review": 5}
    decided_by = [reader for (reader,) in sheet.all(Annotation.reader_id)]
    assert sorted(map(decided_by.count, (sheet.reader, colleague.reader))) == [REST, PAGE]


def test_a_batch_whose_images_went_to_another_reader_says_so_and_decides_nothing(
    sheet: Room, page: Page
):
    open_grid(sheet, page)
    see_all(page)
    with sheet.database.begin() as session:
        session.execute(update(Lease).values(reader_id=add_readers(session, 1)[0]))
    press(page, "Enter")
    drawn(page, REST)
    expect(page.locator("#message")).to_contain_text(f"{PAGE} images were with other readers")
    assert sheet.all(Annotation.id) == []


def test_a_lost_connection_keeps_the_batch_and_sends_it_once(sheet: Room, page: Page):
    open_grid(sheet, page)
    see_all(page)
    sheet.server.stop()
    press(page, "Enter")
    expect(page.locator("#message")).to_contain_text("The connection is lost.")
    press(page, "Enter")
    sheet.server.run()
    drawn(page, REST)
    assert statuses(sheet)["approved"] == PAGE
    assert len(sheet.all(Annotation.id)) == PAGE


def test_an_ended_log_in_keeps_the_batch_until_the_reader_is_back(sheet: Room, page: Page):
    open_grid(sheet, page)
    see_all(page)
    press(page, "Space")
    sheet.end_log_ins()
    press(page, "Enter")
    page.get_by_role("link", name="Log in again").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    drawn(page, REST)
    assert statuses(sheet)["approved"] == PAGE - 1


def test_a_reload_keeps_the_page_and_its_marks(sheet: Room, page: Page):
    open_grid(sheet, page)
    press(page, "Space", "ArrowRight", "3")
    first = page.locator(".tile").first.get_attribute("data-id")
    page.reload()
    drawn(page, PAGE)
    assert page.locator(".tile").first.get_attribute("data-id") == first
    expect(page.locator(".tile .flag").nth(0)).to_have_text("stays in review")
    expect(page.locator(".tile .flag").nth(1)).to_have_text("arthroplasty")


def test_two_tabs_decide_one_page_once(sheet: Room, page: Page):
    open_grid(sheet, page)
    see_all(page)
    other = page.context.new_page()
    other.goto(page.url)
    drawn(other, PAGE)
    see_all(other)
    press(other, "Enter")
    drawn(other, REST)
    press(page, "Enter")
    drawn(page, REST)
    expect(page.locator("#message")).to_contain_text(f"{PAGE} images were with other readers")
    assert len(sheet.all(Annotation.id)) == PAGE


def test_a_double_click_marks_a_film_and_does_not_take_the_mark_away(sheet: Room, page: Page):
    open_grid(sheet, page)
    page.locator(".tile").nth(3).dblclick()
    expect(page.locator(".tile").nth(3)).to_have_attribute("aria-pressed", "true")


def test_after_a_click_on_undo_space_and_enter_do_not_undo_more(sheet: Room, page: Page):
    open_grid(sheet, page)
    see_all(page)
    page.locator("#confirm").click()
    drawn(page, REST)
    page.get_by_role("button", name="Undo batch").dblclick()
    drawn(page, PAGE)
    assert page.evaluate("document.activeElement.matches('[data-act]')") is False
