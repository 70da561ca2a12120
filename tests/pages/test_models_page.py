"""Models as an admin compares and promotes them."""

from contextlib import closing

from evaluation.samples import predictions
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update
from support.judged_films import judge, read_validation
from support.reading_room import Room
from support.worklist_rows import add_readers

from app.db.archive import Rendition
from app.db.people import User
from app.db.registry import Promotion
from app.imaging.storage import Store
from app.settings import Settings


def test_compare_two_models_then_promote_the_better_with_a_reason(
    room: Room, browser: Browser, settings: Settings
) -> None:
    labels, _patients, said = predictions(60)
    with room.database.begin() as session:
        session.get_one(User, room.reader).role = "admin"
        images = read_validation(session, labels.tolist(), add_readers(session, 1)[0])
        film = session.scalars(select(Rendition.digest).where(Rendition.kind == "model")).first()
        judged = Rendition.kind == "model", Rendition.image_id.in_(images)
        session.execute(update(Rendition).where(*judged).values(digest=film))
        versions = judge(session, Store(settings.home / "store"), images, labels, said)
        baseline, final = versions.baseline_id, versions.final_id
    with closing(browser.new_context(viewport={"width": 1280, "height": 800})) as context:
        page = context.new_page()
        room.log_in(page)
        page.goto(f"{room.server.url}/models")
        page.get_by_role("link", name=f"Compare with version {final}").click()
        expect(page.get_by_role("heading", level=2).first).to_contain_text("is better")
        expect(page.locator("svg.chart.square")).to_have_count(3)
        first = page.locator(".judged").first
        expect(first).to_contain_text(f"version {baseline}")
        film_shown = first.locator("img")
        film_shown.scroll_into_view_if_needed()
        expect(film_shown).not_to_have_js_property("naturalWidth", 0)
        page.get_by_role("link", name="Models").last.click()
        page.get_by_role("button", name=f"Details of version {final}").click()
        expect(page.get_by_role("dialog")).to_contain_text("resnet18")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("button", name=f"Promote version {baseline}").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(f"It takes over from version {final}, final.")
        page.keyboard.type("Smaller, and as good on our films.")
        dialog.get_by_role("button", name="Promote").click()
        expect(page.get_by_role("row").filter(has_text="promoted").first).to_contain_text(
            "baseline"
        )
        expect(page.get_by_text("Smaller, and as good on our films.")).to_be_visible()
    assert room.all(Promotion.version_id, Promotion.reason) == [
        (baseline, "Smaller, and as good on our films.")
    ]
