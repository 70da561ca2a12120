"""One's own profile in a real browser: the theme of the pages, and their language."""

from contextlib import closing
from pathlib import Path

import pytest
from languages.made_up import CODE, make_up
from pages.test_accessibility import at_rest, filled, serious
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from support.reading_room import Room
from support.web import Web

from app import texts
from app.db.people import User

__all__ = ["filled"]

MAIN = ["", "profile", "people", "worklists", "archive", "models", "evaluations/1", "agreement"]
GROUND = "() => getComputedStyle(document.body).backgroundColor"
LIGHT, DARK, FILM = "rgb(246, 246, 244)", "rgb(16, 16, 16)", "rgb(0, 0, 0)"


def test_the_theme_is_chosen_and_the_films_surroundings_stay_dark(room: Room, page: Page):
    room.log_in(page)
    page.goto(room.server.url + "/")
    assert page.evaluate(GROUND) == DARK
    page.get_by_role("link", name="rosa").click()
    page.get_by_label("Light").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert page.evaluate(GROUND) == LIGHT
    page.get_by_label("As this computer").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "auto"
    grounds = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds[scheme] = page.evaluate(GROUND)
    assert grounds == {"light": LIGHT, "dark": DARK}
    page.emulate_media(color_scheme="light")
    room.open(page, "/reading/seed")
    assert page.evaluate(GROUND) == FILM
    colour = "element => getComputedStyle(element).color"
    assert page.locator(".panel h1").evaluate(colour) == "rgb(232, 232, 230)"


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second language beside English."""
    monkeypatch.setattr(texts, "FOLDER", tmp_path / "languages")
    make_up(tmp_path / "languages")


@pytest.mark.usefixtures("made_up")
def test_each_person_has_a_language_of_their_own(web: Web):
    web.settings.home.mkdir(exist_ok=True)
    rosa, ben = web.browser("rosa"), web.browser("ben")
    kept = rosa.post("/profile", data={"theme": "light", "language": CODE})
    assert kept.headers["location"] == "/profile?saved=true"
    mine = rosa.get("/profile").text
    assert "⟦Your profile⟧" in mine
    assert 'data-theme="light"' in mine
    assert "⟦" in rosa.get("/api/v1/images/999").json()["what"]
    script = next(part for part in mine.split('"') if part.startswith("/api/v1/texts"))
    assert rosa.get(script.replace("&amp;", "&")).json()["texts"]["Skip"] == "⟦Skip⟧"
    assert "⟦" not in ben.get("/profile").text
    assert ben.get("/api/v1/texts").json()["texts"] == {}
    for wrong in ({"theme": "blue"}, {"theme": "dark", "language": "xx"}, {"language": CODE}):
        assert rosa.post("/profile", data=wrong).status_code == 422
    # A language that is taken away is no trouble to whoever had chosen it.
    with web.database.begin() as session:
        session.execute(update(User).values(language="xx"))
    assert "⟦" not in rosa.get("/profile").text


def test_the_light_theme_keeps_nobody_out(filled: Room, browser: Browser):
    with filled.database.begin() as session:
        person = session.get_one(User, filled.reader)
        person.role, person.theme = "admin", "light"
    with closing(browser.new_context(bypass_csp=True)) as context:
        page = context.new_page()
        filled.log_in(page)
        for path in MAIN:
            page.goto(f"{filled.server.url}/{path}")
            at_rest(page)
            assert serious(page) == [], path
