"""What a radiologist does on the reading page, in a real browser."""

from playwright.sync_api import Page, expect
from support.reading_room import NAME, PASSWORD, Room, drawn

from app.db.reading import (
    Annotation,
    AnnotationFinding,
    Finding,
    ReferenceLabel,
    Skip,
    WorklistItem,
)


def labels(room: Room) -> dict[object, object]:
    return dict(room.all(ReferenceLabel.image_id, ReferenceLabel.class_id))


def test_the_seed_list_from_log_in_to_the_last_image_by_keyboard_alone(room: Room, page: Page):
    page.goto(f"{room.server.url}/reading/seed")
    expect(page.get_by_label("Name")).to_be_focused()  # before that, keys go nowhere
    page.keyboard.type(NAME)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    for position, key in enumerate("12312", 1):
        drawn(page, position)
        expect(page.locator("#left")).to_have_text(f"{6 - position} left")
        page.keyboard.press(key)
    expect(page.locator("#end-title")).to_have_text("Nothing left to read here")
    expect(page.locator("#end-today")).to_have_text("You read 5 images today.")
    expect(page.locator("#end-links a")).to_have_text(["Review: 5 left"])
    chosen = [room.classes[int(key) - 1] for key in "12312"]
    assert labels(room) == dict(zip(room.images, chosen, strict=True))
    assert all(0 < spent < 60_000 for (spent,) in room.all(Annotation.milliseconds))


def test_a_label_can_be_undone_even_after_the_last_image(room: Room, page: Page):
    room.open(page, "/reading/seed")
    for position in range(1, 6):
        drawn(page, position)
        page.keyboard.press("1")
    expect(page.locator("#end-title")).to_be_visible()
    page.keyboard.press("Backspace")
    drawn(page, 5)
    page.keyboard.press("u")
    drawn(page, 4)
    page.get_by_role("button", name="arthroplasty").click()
    drawn(page, 5)
    assert labels(room)[room.images[3]] == room.classes[2]
    assert room.images[4] not in labels(room)


def test_a_skipped_image_comes_back_at_the_end(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("s")
    for position in range(2, 6):
        drawn(page, position)
        page.keyboard.press("2")
    drawn(page, 1)
    assert room.all(Skip.image_id) == [(room.images[0],)]
    page.keyboard.press("1")
    expect(page.locator("#end-title")).to_have_text("Nothing left to read here")


def test_an_image_that_can_carry_no_label_leaves_the_list_with_the_reason(room: Room, page: Page):
    room.open(page, "/reading/seed")
    for position, key in enumerate("qkx", 1):
        drawn(page, position)
        page.keyboard.press(key)
    drawn(page, 4)
    page.get_by_role("button", name="not a knee").click()
    drawn(page, 5)
    reasons = ["poor_quality", "not_a_knee", "unsure", "not_a_knee"]
    assert room.all(Annotation.image_id, Annotation.unusable, Annotation.reason) == [
        (image, True, reason) for image, reason in zip(room.images, reasons, strict=False)
    ]
    assert labels(room) == {}


def test_findings_and_a_note_go_with_the_label_and_not_to_the_next_film(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("y")
    page.keyboard.press("w")
    page.get_by_role("button", name="fracture").click()
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="hardware")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("n")
    page.keyboard.type("Old 1 fracture?")
    page.keyboard.press("Enter")
    assert labels(room) == {}
    page.keyboard.press("2")
    drawn(page, 2)
    page.keyboard.press("1")
    drawn(page, 3)
    assert room.all(Annotation.note) == [("Old 1 fracture?",), (None,)]
    names = dict(room.all(Finding.id, Finding.name))
    tagged = [
        (annotation, names[finding])
        for annotation, finding in room.all(
            AnnotationFinding.annotation_id, AnnotationFinding.finding_id
        )
    ]
    assert sorted(tagged) == [(1, "fracture"), (1, "osteophytes")]


def test_one_key_labels_the_whole_study_and_undo_takes_it_back_image_by_image(
    room: Room, page: Page
):
    room.same_study(3)
    room.open(page, "/reading/seed")
    page.keyboard.press("a")
    page.keyboard.press("2")
    drawn(page, 4)
    assert labels(room) == dict.fromkeys(room.images[:3], room.classes[1])
    page.keyboard.press("u")
    drawn(page, 1)
    assert room.images[0] not in labels(room)
    assert len(labels(room)) == 2
    page.keyboard.press("1")
    drawn(page, 4)
    assert labels(room)[room.images[0]] == room.classes[0]


def test_readers_who_differ_are_shown_to_the_adjudicator_without_names(room: Room, page: Page):
    room.differ([1, 2], note="Marginal spurs.")
    room.open(page, "/reading/adjudication")
    rows = page.locator("#opinions li")
    expect(rows).to_have_text(["normalMarginal spurs.", "abnormalMarginal spurs."])
    assert "reader" not in page.locator("#opinions").inner_text().replace("The readers differ", "")
    page.keyboard.press("2")
    expect(page.locator("#end-title")).to_have_text("Nothing left to read here")
    assert (room.images[0], room.classes[1], "adjudication") in room.all(
        ReferenceLabel.image_id, ReferenceLabel.class_id, ReferenceLabel.basis
    )


def test_a_reload_keeps_the_film_and_a_key_held_down_labels_one(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.down("1")
    for _ in range(5):
        page.keyboard.down("1")
    drawn(page, 2)
    page.keyboard.up("1")
    page.reload()
    drawn(page, 2)
    assert len(labels(room)) == 1


def test_a_lost_connection_keeps_the_decision_and_sends_it_once(room: Room, page: Page):
    room.open(page, "/reading/seed")
    room.server.stop()
    page.keyboard.press("3")
    expect(page.locator("#message")).to_contain_text("The connection is lost.")
    page.keyboard.press("1")
    room.server.run()
    drawn(page, 2)
    expect(page.locator("#message")).to_be_hidden()
    assert labels(room) == {room.images[0]: room.classes[2]}
    assert len(room.all(Annotation.id)) == 1


def test_an_answer_lost_on_its_way_back_counts_once(room: Room, page: Page):
    room.open(page, "/reading/seed")
    lost: list[str] = []

    def swallow(route):
        if not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route("**/annotations", swallow)
    page.keyboard.press("2")
    drawn(page, 2)
    assert len(lost) == len(room.all(Annotation.id)) == 1


def test_an_ended_log_in_keeps_the_decision_until_the_reader_is_back(room: Room, page: Page):
    room.open(page, "/reading/seed")
    room.end_log_ins()
    page.keyboard.press("2")
    page.get_by_role("link", name="Log in again").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    drawn(page, 2)
    assert labels(room) == {room.images[0]: room.classes[1]}


def test_a_log_in_renewed_in_another_tab_loses_nothing(room: Room, page: Page):
    room.open(page, "/reading/seed")
    room.log_in(page)
    page.keyboard.press("2")
    drawn(page, 2)
    assert labels(room) == {room.images[0]: room.classes[1]}


def test_two_tabs_do_not_decide_one_image_twice(room: Room, page: Page):
    room.open(page, "/reading/seed")
    other = page.context.new_page()
    other.goto(page.url)
    drawn(other, 1)
    other.keyboard.press("1")
    drawn(other, 2)
    page.keyboard.press("2")
    drawn(page, 2)
    expect(page.locator("#message")).to_contain_text("another reader")
    assert labels(room) == {room.images[0]: room.classes[0]}
    assert [done for (done,) in room.all(WorklistItem.done)].count(True) == 1


def test_help_lists_every_key_and_takes_no_decision(room: Room, page: Page):
    room.open(page, "/reading/seed")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    for name in ("normal", "Skip; the film comes back at the end", "Invert", "Whole film"):
        expect(dialog.get_by_text(name, exact=True)).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert labels(room) == {}
