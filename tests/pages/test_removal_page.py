"""An import is taken back from its page, and a film that is removed leaves the desk in words."""

from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from support.reading_room import Room, drawn

from app.db.archive import Image
from app.db.learning import Run
from app.db.people import User
from app.db.reading import Annotation
from app.db.removal import Removal
from app.db.tables import now
from app.removal import doing
from worker import progress, remove


def test_an_import_is_taken_back_while_nothing_of_it_was_read(room: Room, page: Page):
    figures = {"imported": 5, "already_there": 0, "quarantined": 0, "patients": 10, "studies": 10}
    with room.database.begin() as session:
        session.get_one(User, room.reader).role = "admin"
        run = Run(kind="import", status="succeeded", finished_at=now(), result=figures)
        session.add(run)
        session.flush()
        brought = update(Image).where(Image.id.in_(room.reviewed))
        session.execute(brought.values(run_id=run.id))
        number = run.id
    room.log_in(page)
    page.goto(f"{room.server.url}/imports")
    page.get_by_role("link", name=f"Import {number}").click()
    page.get_by_role("button", name="Take this import back").click()
    expect(page.get_by_text("being taken back")).to_be_visible()
    with room.database() as session:
        asked = session.scalars(select(Run.id).where(Run.kind == "remove")).one()
    executes = {"remove": remove.execute}
    progress.execute(room.database, room.server.settings, asked, executes)
    page.reload()
    expect(page.get_by_text("5 images were removed.")).to_be_visible()
    expect(page.get_by_text("No film of this import is in the archive.")).to_be_visible()
    assert sorted(image for (image,) in room.all(Image.id)) == sorted(room.images)
    page.goto(f"{room.server.url}/runs/{asked}")
    expect(page.locator("#status")).to_have_text("succeeded")


def test_a_film_that_is_removed_while_it_is_open_is_named_and_the_next_comes(
    room: Room, page: Page
):
    room.open(page, "/reading/seed")
    first = room.images[:1]
    doing.remove(room.database, room.server.settings, "image", first, "consent", None)
    page.keyboard.press("1")
    message = page.get_by_text("This image was removed from the archive, so this was not saved.")
    expect(message).to_be_visible()
    drawn(page, 2)
    page.keyboard.press("2")
    drawn(page, 3)
    assert room.all(Annotation.image_id, Annotation.class_id) == [(room.images[1], room.classes[1])]
    assert room.all(Removal.refused) == [(1,)]
