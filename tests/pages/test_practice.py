"""The practice set in a real browser: from the admin's choice of films to the reader's score."""

from playwright.sync_api import Page, expect
from sqlalchemy import select
from support.reading_room import Room, drawn
from support.worklist_rows import add_readers

from app.db.people import User
from app.db.practice import PracticeFilm
from app.db.reading import Annotation
from app.db.tables import now
from app.guideline.rules import Draft, publish
from app.labels.decisions import Decision, Hold
from app.log_ins import start
from app.reading.rules import annotate
from app.worklists.items import lease_next


def labelled(room: Room) -> None:
    """Let somebody else have labelled four films, and an admin have written a rule."""
    with room.database.begin() as session:
        (other,) = add_readers(session, 1)
        author = session.get_one(User, add_readers(session, 1, "admin")[0])
        for number in range(4):
            image = lease_next(session, other, "seed", 300, now())
            said = Decision(room.classes[number % 2], f"label {number}", now())
            annotate(session, Hold(other, image, "seed"), said)
        publish(session, Draft("", {room.classes[1]: "A definite osteophyte."}), 0, author)


def log_in(room: Room, page: Page, role: str) -> None:
    with room.database.begin() as session:
        person = session.scalars(select(User).where(User.role == role)).first()
        token, _ = start(session, person, 1)
    page.context.add_cookies([{"name": "condyle", "value": token, "url": room.server.url}])


def test_a_reader_practises_on_what_the_admin_chose_and_may_then_read(room: Room, page: Page):
    labelled(room)
    before = room.all(Annotation.id)
    log_in(room, page, "admin")
    page.goto(f"{room.server.url}/practice/set")
    page.get_by_label("Films of each class").fill("2")
    page.locator("form", has=page.get_by_label("Films of each class")).get_by_role("button").click()
    expect(page.get_by_role("heading", name="4 films")).to_be_visible()
    page.get_by_label("Right answers to pass").fill("3")
    page.get_by_label("The seed set opens only after passing").check()
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_label("Right answers to pass")).to_have_value("3")

    room.log_in(page)
    page.goto(f"{room.server.url}/reading/seed")
    expect(page).to_have_url(f"{room.server.url}/practice")
    page.get_by_role("link", name="Begin").click()
    known = dict(room.all(PracticeFilm.image_id, PracticeFilm.class_id))
    verdict = page.locator("#verdict")
    for number in range(1, 5):
        drawn(page, number)
        expect(verdict).to_be_hidden()
        # Everything is called normal, first by its key and last by its button.
        page.keyboard.press("1") if number < 4 else page.locator("[data-key='1']").click()
        expect(verdict).to_be_visible()
        heading = verdict.get_by_role("heading").first
        right = "Right" in heading.inner_text()
        assert right or heading.inner_text() == "The known label is abnormal"
        assert ("A definite osteophyte." in verdict.inner_text()) is not right
        # What was said stays said: the keys answer nothing while the known label is told.
        page.keyboard.press("2")
        page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="All films")).to_contain_text("2 / 4")
    expect(page.get_by_role("row", name="normal", exact=False).first).to_contain_text("2 / 2")
    expect(page.get_by_text("You said: normal")).to_have_count(2)

    page.get_by_role("link", name="Practise again").click()
    for number in range(1, 5):
        drawn(page, number)
        image = int(page.evaluate("performance.getEntriesByName('film drawn').at(-1).detail"))
        page.keyboard.press(f"{1 + room.classes.index(known[image])}")
        expect(verdict).to_contain_text("Right")
        verdict.get_by_role("button", name="Next film").click()
    expect(page.get_by_role("row", name="All films")).to_contain_text("passed")
    page.goto(f"{room.server.url}/reading/seed")
    drawn(page, 5)
    assert room.all(Annotation.id) == before

    log_in(room, page, "admin")
    page.goto(f"{room.server.url}/practice/set")
    expect(page.get_by_role("row", name="rosa")).to_contain_text("4 / 4")
    expect(page.get_by_role("row", name="rosa")).to_contain_text("passed")
