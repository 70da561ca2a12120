"""An admin finds films by words and puts them on the seed list, in a real browser."""

from playwright.sync_api import Page, expect
from sqlalchemy import update
from support.reading_room import Room

from app.db.archive import Image, Study
from app.db.people import User
from app.db.reading import WorklistItem


def test_films_of_a_missing_class_come_from_a_report_to_the_reader(room: Room, page: Page):
    with room.database.begin() as session:
        session.execute(update(User).where(User.id == room.reader).values(role="admin"))
        image = session.get_one(Image, room.reviewed[0])
        session.get_one(Study, image.study_id).report = "Prothèse totale en place."
    room.log_in(page)
    page.goto(f"{room.server.url}/worklists")
    page.get_by_role("navigation").get_by_role("link", name="Find films").click()
    expect(page.get_by_label("The report has")).to_have_value("normal, abnormal, arthroplasty")
    page.get_by_label("The report has").fill("prothese")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("1 film that nobody has labelled has such a report")).to_be_visible()
    expect(page.get_by_text("Prothèse totale en place.")).to_be_visible()
    page.get_by_role("button", name="Put them on the seed list").click()
    expect(page.get_by_role("status")).to_contain_text("1 film was put on the seed list.")
    assert room.all(WorklistItem.worklist, WorklistItem.image_id, WorklistItem.calibration).count(
        ("seed", room.reviewed[0], False)
    )
    page.get_by_role("link", name="Read", exact=True).last.click()
    page.wait_for_url("**/reading/seed")
    expect(page.locator("#left")).to_have_text(f"{len(room.images) + 1} left")
