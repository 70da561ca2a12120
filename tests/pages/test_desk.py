"""The desk: what is in sight, what was said before, fingers and small screens."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from support.reading_room import Room, drawn, ramp
from support.viewing_room import hang, middle

from app.db.archive import LabelClass, Study
from app.db.engine import read_only
from app.db.reading import Annotation, AnnotationFinding, Finding, ReferenceLabel
from app.export.rules import rows
from app.imaging.rendering import Picture

UNSEEN = """() => {
  const wanted = ['#position', '#share', '#predicted', '#reasons', '#report-text', '#latest',
    ...[...document.querySelectorAll('.choice:not([hidden]), .tool.icon')]];
  const boxes = wanted.map((each) => typeof each === 'string' ? document.querySelector(each) : each)
    .filter((each) => each?.checkVisibility()).map((each) => [each, each.getBoundingClientRect()]);
  const scrolled = [document.scrollingElement, document.querySelector('.panel')]
    .filter((box) => box.scrollHeight > box.clientHeight + 1).map((box) => box.className);
  const small = [...document.querySelectorAll('.panel *')].filter((each) => each.checkVisibility())
    .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((each) => parseFloat(getComputedStyle(each).fontSize) < 14 && !each.closest('.unseen'));
  const outside = boxes.filter(([, at]) =>
    at.bottom > innerHeight || at.right > innerWidth || at.height < 5);
  const film = document.querySelector('.film').getBoundingClientRect();
  const over = [...document.querySelectorAll('.caption p')].filter((each) => each.checkVisibility())
    .filter((each) => each.getBoundingClientRect().top < film.bottom - 1);
  return { outside: outside.map(([each]) => each.id || each.dataset.act), scrolled,
    small: small.map((each) => each.outerHTML), over: over.map((each) => each.className) };
}"""
NOTHING = {"outside": [], "scrolled": [], "small": [], "over": []}


@pytest.fixture
def tablet(browser: Browser) -> Iterator[Page]:
    """A tablet with fingers on it."""
    size = {"width": 1024, "height": 768}
    with closing(browser.new_context(viewport=size, has_touch=True)) as context:
        yield context.new_page()


def measurements(room: Room) -> list[object]:
    with read_only(room.database) as session:
        return [row["measurements"] for row in rows(session, "reads")]


def test_all_there_is_to_a_decision_is_in_sight_and_the_report_scrolls_in_itself(
    room: Room, page: Page
):
    with room.database.begin() as session:
        session.execute(update(Study).values(report="Narrowing and spurs.\n" * 80))
    for path in ("/review", "/reading/seed"):
        room.open(page, path)
        page.keyboard.press("1")
        drawn(page, 2)
        expect(page.locator("#latest p")).to_have_text("Last: normal, U to undo")
        expect(page.locator("#percent")).to_have_text("20 %")
        assert page.evaluate(UNSEEN) == NOTHING, path
    page.goto(f"{room.server.url}/review")
    drawn(page, 2)
    page.locator("#report-text").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.querySelector('#report-text').scrollTop > 0")


def test_the_report_lies_beside_the_film_where_there_is_room(room: Room, page: Page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    room.open(page, "/review")
    film, report, answers = (
        page.locator(name).evaluate("each => each.getBoundingClientRect().toJSON()")
        for name in (".film", "#report", ".choices")
    )
    assert film["right"] <= report["left"]
    assert report["right"] <= answers["left"]


def test_an_undo_brings_back_what_was_said_with_all_that_went_with_it(room: Room, page: Page):
    hang(room, 0, Picture(ramp(0), 12, 2048, 4096), spacing_mm=0.2, spacing_plane="detector")
    room.open(page, "/reading/seed")
    page.keyboard.press("o")
    x, y = middle(page)
    page.keyboard.press("Shift+A")
    expect(page.get_by_text("Click one end, the corner")).to_be_visible()
    for point in ((x + 60, y), (x, y), (x, y + 80)):
        page.mouse.click(*point)
    expect(page.locator(".measures .angle text")).to_have_text("90.0°")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+O")
    page.keyboard.press("y")
    page.keyboard.press("n")
    page.keyboard.type("Varus?")
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    drawn(page, 2)
    expect(page.locator(".end-point")).to_have_count(0)
    kept = measurements(room)[0]
    assert [(each["kind"], each.get("degrees")) for each in kept] == [
        ("angle", 90),
        ("arrow", None),
    ]
    page.keyboard.press("u")
    drawn(page, 1)
    expect(page.locator("#former")).to_have_text("Your former answer: abnormal")
    expect(page.locator(".choice.former")).to_have_text("2 abnormal")
    expect(page.locator("#note")).to_have_value("Varus?")
    expect(page.locator("[data-key=y]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".measures .angle text")).to_have_text("90.0°")
    page.keyboard.press("1")
    drawn(page, 2)
    assert measurements(room) == [kept, kept]
    page.keyboard.press("1")
    drawn(page, 3)
    assert room.all(Annotation.note)[-1] == (None,)


def test_yesterdays_read_is_found_and_corrected(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("1")
    drawn(page, 2)
    with room.database.begin() as session:
        row = session.get_one(Annotation, 1)
        row.at -= timedelta(days=1)
    page.get_by_role("link", name="My reads").click()
    page.get_by_role("link", name=f"Correct image {room.images[0]}").click()
    expect(page.locator("#former")).to_have_text("Your former answer: normal")
    page.wait_for_function("() => !document.querySelector('#desk.sending')")
    page.keyboard.press("3")
    page.wait_for_url("**/reads")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("arthroplasty")
    assert room.all(ReferenceLabel.image_id, ReferenceLabel.class_id) == [
        (room.images[0], room.classes[2])
    ]
    assert len(room.all(Annotation.id)) == 3


def test_classes_after_the_ninth_and_findings_without_a_key_are_found_by_name(
    room: Room, page: Page
):
    with room.database.begin() as session:
        more = [LabelClass(name=f"Grade {n}", position=3 + n) for n in range(1, 9)]
        cyst = Finding(name="Baker cyst", key=None, position=20)
        session.add_all([*more, cyst])
    room.open(page, "/reading/seed")
    page.keyboard.press("Shift+F")
    page.keyboard.type("CYST")
    page.keyboard.press("Enter")
    expect(page.locator("[data-pressed]").last).to_have_text("Baker cyst")
    page.keyboard.press("Shift+C")
    page.keyboard.type("grade 8")
    page.keyboard.press("Enter")
    drawn(page, 2)
    page.keyboard.press("9")
    drawn(page, 3)
    given = dict(room.all(ReferenceLabel.image_id, ReferenceLabel.class_id))
    assert given == {room.images[0]: more[7].id, room.images[1]: more[5].id}
    assert room.all(AnnotationFinding.finding_id) == [(cyst.id,)]


def test_the_window_is_kept_for_the_next_film_only_on_request(room: Room, page: Page):
    room.open(page, "/reading/seed")
    window = page.locator("#window")
    page.keyboard.press("Shift+Digit2")
    expect(window).to_have_text("L 2867  W 2458")
    page.keyboard.press("1")
    drawn(page, 2)
    expect(window).to_have_text("L 2048  W 4096")
    page.keyboard.press("Shift+W")
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press("1")
    drawn(page, 3)
    expect(window).to_have_text("L 2867  W 2458")


def test_two_fingers_zoom_and_move_the_film(room: Room, tablet: Page):
    room.open(tablet, "/reading/seed")
    x, y = middle(tablet)
    window = tablet.locator("#window").inner_text()
    before = int(tablet.locator("#scale").inner_text().removesuffix(" %"))
    send = tablet.context.new_cdp_session(tablet).send

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": at[0], "y": at[1], "id": n} for n, at in enumerate(places)]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (x - 50, y))
    touch("touchStart", (x - 50, y), (x + 50, y))
    for apart in (60, 80, 100):
        touch("touchMove", (x - apart, y + apart), (x + apart, y + apart))
    touch("touchEnd")
    tablet.wait_for_function(
        "wanted => Math.abs(parseInt(document.querySelector('#scale').textContent) - wanted) <= 2",
        arg=2 * before,
    )
    assert tablet.locator("#window").inner_text() == window


@pytest.mark.parametrize(("width", "height"), [(640, 400), (390, 844)])
def test_a_film_is_read_on_a_phone_and_at_twice_the_size(
    room: Room, page: Page, width: int, height: int
):
    """A screen of 1280 by 800 enlarged to 200 % has 640 by 400 pixels for the page."""
    page.set_viewport_size({"width": width, "height": height})
    room.open(page, "/reading/seed")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    film = page.locator(".film")
    assert film.evaluate("each => Math.min(each.clientWidth, each.clientHeight)") > 200
    for name in ("abnormal", "Invert"):
        button = page.get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport()
    page.get_by_role("button", name="abnormal").click()
    drawn(page, 2)
    assert room.all(ReferenceLabel.class_id) == [(room.classes[1],)]
