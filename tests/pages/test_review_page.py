"""What a radiologist does on the review page, in a real browser."""

from playwright.sync_api import Page, expect
from reading_room import Room, drawn

from app.db.learning import PseudoLabel
from app.db.reading import ReferenceLabel


def fates(room: Room) -> list[object]:
    return [status for _, status in sorted(room.all(PseudoLabel.id, PseudoLabel.status))]


def test_approve_correct_and_reject_one_key_each(room: Room, page: Page):
    room.open(page, "/review")
    for position, key in enumerate("a1x", 1):
        drawn(page, position)
        page.keyboard.press(key)
    drawn(page, 4)
    assert fates(room) == ["approved", "corrected", "rejected", "needs_review", "needs_review"]
    first, second = room.images[:2]
    assert sorted(room.all(ReferenceLabel.image_id, ReferenceLabel.class_id)) == [
        (first, room.classes[1]),
        (second, room.classes[0]),
    ]
    page.keyboard.press("u")
    drawn(page, 3)
    assert fates(room)[2] == "needs_review"


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
