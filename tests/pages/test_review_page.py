"""What a radiologist does on the review page, in a real browser."""

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from support.reading_room import NAME, PASSWORD, Room, drawn

from app.db.archive import Study, Workspace
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, ReferenceLabel
from app.db.review import BlindRead
from app.imaging.storage import Store
from app.settings import Settings


def statuses(room: Room) -> list[object]:
    return [status for _, status in sorted(room.all(PseudoLabel.id, PseudoLabel.status))]


def test_approve_correct_and_reject_one_key_each(room: Room, page: Page):
    room.open(page, "/review")
    for position, key in enumerate("a1x", 1):
        drawn(page, position)
        page.keyboard.press(key)
    drawn(page, 4)
    assert statuses(room) == ["approved", "corrected", "rejected", "needs_review", "needs_review"]
    first, second = room.reviewed[:2]
    assert sorted(room.all(ReferenceLabel.image_id, ReferenceLabel.class_id)) == [
        (first, room.classes[1]),
        (second, room.classes[0]),
    ]
    page.keyboard.press("u")
    drawn(page, 3)
    assert statuses(room)[2] == "needs_review"


def test_the_page_says_what_the_labeler_thought_and_why_a_reader_is_asked(room: Room, page: Page):
    room.open(page, "/review")
    expect(page.locator("#suggested")).to_have_text("abnormal")
    expect(page.locator(".share")).to_have_text(["30 %", "60 %", "10 %"])
    expect(page.locator("#reasons")).to_have_text(
        "The labeler is not sure enough: 60 % abnormal, 30 % normal."
    )
    expect(page.locator("#report-text")).to_have_text("Joint space kept.")
    widths = page.locator(".level").evaluate_all(
        "bars => bars.map(bar => bar.offsetWidth / bar.parentElement.offsetWidth)"
    )
    assert [round(width, 2) for width in widths] == [0.3, 0.6, 0.1]


def test_a_blind_worklist_shows_nothing_of_the_labeler(room: Room, page: Page):
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.url))
    room.open(page, "/reading/seed")
    text = page.locator("body").inner_text() + page.content()
    assert "60" not in page.locator(".panel").inner_text()
    assert "Joint space" not in text
    assert not any("pseudo" in url for url in answers)


def test_the_report_shows_how_it_was_read_and_says_so_to_who_hears_it(room: Room, page: Page):
    report = "HISTORY: Fall.\nFINDINGS: No fracture. " + "Spurs.\n" * 90 + "Possible narrowing."
    passages = {
        key: [[report.index(text), report.index(text) + len(text)]]
        for key, text in {
            "left_out": "HISTORY: Fall.",
            "denied": "fracture",
            "left_open": "narrowing",
        }.items()
    }
    with room.database.begin() as session:
        session.execute(update(Study).values(report=report))
        session.execute(
            update(PseudoLabel).values(words={"class_id": None, "marks": [], **passages})
        )
    room.open(page, "/review")
    text = page.locator("#report-text")
    expect(text).to_have_text(report)
    for key, (place,) in passages.items():
        expect(text.locator(f".{key}")).to_have_text([report[slice(*place)]])
    expect(page.locator("#report-legend li")).to_have_text(
        ["read as denied", "read as left open", "not read"]
    )
    heard = page.locator("#report").aria_snapshot()
    for said in ("not read: HISTORY: Fall.", "denied: fracture", "left open: narrowing"):
        assert said in heard
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    looks = [
        text.locator(f".{key}").evaluate("e => [getComputedStyle(e).color, e.offsetHeight]")
        for key in passages
    ]
    assert looks[0][0] != looks[1][0] == looks[2][0]


def test_a_report_that_was_not_read_is_plain_and_the_page_says_why(room: Room, page: Page):
    with room.database.begin() as session:
        mine = update(PseudoLabel).where(PseudoLabel.image_id == room.reviewed[1])
        session.execute(mine.values(not_read="unknown words"))
    room.log_in(page)
    page.goto(f"{room.server.url}/review?why=not_read")
    drawn(page, 2)
    expect(page.locator(".filtered")).to_have_text("only its report was not read")
    expect(page.locator(".counts")).to_contain_text("1")
    expect(page.locator("#reasons")).to_contain_text(
        "Its report was not read: the labeler does not know enough of its words."
    )
    expect(page.locator("#report-legend")).to_be_hidden()
    expect(page.locator("#report-text *")).to_have_count(0)


def test_the_words_that_drove_the_labeler_are_marked_and_never_markup(room: Room, page: Page):
    report = "No fracture. <img src=x onerror=alert(1)> Osteophytes \N{BONE} and narrowing."
    start = report.index("narrowing")
    marks = [[0, 11, True], [start, start + 9, False]]
    with room.database.begin() as session:
        session.execute(update(Study).values(report=report))
        words = {"class_id": room.classes[1], "marks": marks}
        session.execute(update(PseudoLabel).values(words=words))
    room.open(page, "/review")
    expect(page.locator("#report-text")).to_have_text(report)
    expect(page.locator("#report-text mark")).to_have_text(["No fracture", "narrowing"])
    expect(page.locator("#report-text mark.denied")).to_have_text(["No fracture"])
    expect(page.locator("#report-text img")).to_have_count(0)
    expect(page.locator("#report-legend")).to_contain_text("speaks for abnormal")


@pytest.fixture
def attended(room: Room, settings: Settings) -> Room:
    """The room with an attention map on the first film: all in its upper left quarter."""
    drawn_map = np.zeros((96, 76), np.uint8)
    drawn_map[:48, :38] = 255
    digest = Store(settings.home / "store").put(cv2.imencode(".png", drawn_map)[1].tobytes())
    with room.database.begin() as session:
        first = update(PseudoLabel).where(PseudoLabel.image_id == room.reviewed[0])
        session.execute(first.values(attention_digest=digest))
    return room


def overlay(page: Page) -> tuple[float, float]:
    """The share of the overlay that is coloured, and its lower edge as a share of the canvas."""
    share, edge = page.evaluate(
        """() => {
            const canvas = document.querySelector('canvas.attention');
            if (!canvas || canvas.hidden) return [0, 0];
            const screen = canvas.getContext('2d');
            const { data } = screen.getImageData(0, 0, canvas.width, canvas.height);
            let count = 0, last = 0;
            for (let n = 3; n < data.length; n += 4) if (data[n] > 60) { count += 1; last = n; }
            return [count / (data.length / 4), last / data.length];
        }"""
    )
    return share, edge


def test_the_attention_map_is_off_until_asked_for_and_follows_the_film(attended: Room, page: Page):
    attended.open(page, "/review")
    button = page.get_by_role("button", name="Attention map")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert overlay(page) == (0, 0)
    page.keyboard.press("h")
    page.wait_for_function("() => document.querySelector('canvas.attention')?.hidden === false")
    share, edge = overlay(page)
    film = 400 / 500 * page.locator("canvas").first.evaluate("c => c.height / c.width")
    assert share == pytest.approx(film / 4, abs=0.03)
    assert edge == pytest.approx(0.5, abs=0.03)
    fitted = page.locator("#scale").inner_text()
    page.keyboard.press("+")
    page.wait_for_function(
        "before => document.querySelector('#scale').textContent !== before", arg=fitted
    )
    assert overlay(page)[0] > share * 1.2
    page.keyboard.press("a")
    drawn(page, 2)
    assert overlay(page) == (0, 0)
    expect(button).to_be_disabled()


def test_blind_first_by_keyboard_then_the_pseudo_label_then_the_change_of_mind(
    room: Room, page: Page
):
    with room.database.begin() as session:
        session.add(Workspace(blind_first=True))
    room.open(page, "/review")
    panel = page.locator(".panel")
    expect(panel).to_contain_text("Blind first: what do you see?")
    expect(panel).not_to_contain_text("60 %")
    expect(panel).not_to_contain_text("Joint space")
    page.keyboard.press("a")
    page.keyboard.press("1")
    expect(page.locator("#suggested")).to_have_text("abnormal")
    expect(page.locator("#own")).to_have_text("normal")
    page.keyboard.press("a")
    drawn(page, 2)
    page.keyboard.press("x")
    expect(page.locator("#own")).to_have_text("unusable film")
    page.keyboard.press("k")
    drawn(page, 3)
    assert sorted(room.all(BlindRead.class_id), key=str) == sorted(
        [(room.classes[0],), (None,)], key=str
    )
    assert statuses(room)[:3] == ["approved", "rejected", "needs_review"]


def test_a_blind_read_survives_a_reload_and_is_not_asked_again(room: Room, page: Page):
    with room.database.begin() as session:
        session.add(Workspace(blind_first=True))
    room.open(page, "/review")
    page.keyboard.press("1")
    expect(page.locator("#own")).to_have_text("normal")
    page.reload()
    drawn(page, 1)
    expect(page.locator("#own")).to_have_text("normal")
    page.keyboard.press("k")
    drawn(page, 2)
    assert len(room.all(BlindRead.id)) == len(room.all(Annotation.id)) == 1


def test_a_lost_connection_keeps_the_review_and_sends_it_once(room: Room, page: Page):
    room.open(page, "/review")
    room.server.stop()
    page.keyboard.press("a")
    expect(page.locator("#message")).to_contain_text("The connection is lost.")
    page.keyboard.press("1")
    room.server.run()
    drawn(page, 2)
    assert statuses(room) == ["approved", *["needs_review"] * 4]


def test_an_ended_log_in_keeps_the_review_until_the_reader_is_back(room: Room, page: Page):
    room.open(page, "/review")
    room.end_log_ins()
    page.keyboard.press("3")
    page.get_by_role("link", name="Log in again").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    drawn(page, 2)
    assert statuses(room)[0] == "corrected"


def test_two_tabs_do_not_review_one_image_twice(room: Room, page: Page):
    room.open(page, "/review")
    other = page.context.new_page()
    other.goto(page.url)
    drawn(other, 1)
    other.keyboard.press("a")
    drawn(other, 2)
    page.keyboard.press("1")
    drawn(page, 2)
    expect(page.locator("#message")).to_contain_text("another reader")
    assert statuses(room) == ["approved", *["needs_review"] * 4]
