"""In another language no English is left, but for names and what runs have written.

`test_every_page.py` asks this of pages as they are opened, these tests of what is done on them.

The language is made up: each of its texts is the English one between ⟦ and ⟧, so what a page says
outside of them was not looked up.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from languages.made_up import CODE, make_up
from pages.test_accessibility import filled
from playwright.sync_api import Page, expect
from support.reading_room import NAME, PASSWORD, Room, Server
from test_permissions import ADMIN

from app import texts
from app.accounts.passwords import hash_password
from app.db.archive import LabelClass
from app.db.engine import Database
from app.db.learning import Evaluation, ModelVersion
from app.db.people import ApiToken, User
from app.db.reading import Finding
from app.settings import Settings

__all__ = ["filled"]

READ = """() => {
  const unread = "script, style, kbd, code, textarea, pre, [lang=en]";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const parts = [];
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest(unread)) parts.push(walk.currentNode.data);
  }
  const page = [document.title, parts.join(" ")];
  for (const name of ["title", "aria-label", "alt", "placeholder"]) {
    for (const each of document.querySelectorAll(`[${name}]:not([lang=en] *)`)) {
      page.push(each.getAttribute(name));
    }
  }
  return page;
}"""
"""JavaScript that returns what a person reads or is read, text in order and each attribute, but for
what is said to be English: the documentation."""

SAME = [
    "Condyle",
    "WAUC",
    "AUC",
    "UTC",
    "Delete",
    "image_id",
    "mm/px",
    "px",
    " min ",
    NAME,
    "English",
    "Chrome",
    "Linux",
    CODE,
]
"""Names that are the same in every language; `Delete` is a key, `image_id` a field."""
FIELDS = ["key", "name", "order"]
"""Where something was wrong, by the name of the API's field."""
WRITTEN = [
    "90 of 95 pseudo-labels are accepted.",
    "A lot it was trained on failed.",
    "It failed.",
    "Joint s p ace kept .",
]
"""What runs have written, and a report with a marked word: kept as it was written."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a server that speaks the made-up language."""
    monkeypatch.setattr(texts, "FOLDER", tmp_path / "languages")
    make_up(tmp_path / "languages")
    return Settings(home=tmp_path / "home", language=CODE)


def english_on(page: Page, data: list[str]) -> list[str]:
    """Return the words of a page that were not looked up and are nobody's data."""
    outside = [text_outside(text) for text in page.evaluate(READ)]
    for name in sorted(data, key=len, reverse=True):
        outside = [text.replace(name, "") for text in outside]
    return [text for text in outside if re.search(r"[^\W\d_]{2}", text)]


def data_of(room: Room) -> list[str]:
    """Return what people and runs have written into the workspace."""
    reports = [report for (report,) in room.all(Evaluation.report)]
    notes = [note for report in reports for note in report["notes"]]
    recipes = [
        str(part) for report in reports for pair in report["recipe"].items() for part in pair
    ]
    lots = [lot for report in reports for lot in report["pseudo_labels"]["lots"]]
    sites = [site for lot in lots for site in lot["sites"] or ()]
    columns = (LabelClass.name, Finding.name, ModelVersion.digest, ApiToken.name)
    rows = [value for column in columns for (value,) in room.all(column)]
    return [*SAME, *WRITTEN, *notes, *recipes, *sites, *rows]


def text_outside(text: str) -> str:
    """Return what of a text is between no ⟦ and ⟧."""
    depth, kept = 0, []
    for character in text:
        depth += (character == "⟦") - (character == "⟧")
        assert depth >= 0, text
        if depth == 0 and character != "⟧":
            kept.append(character)
    assert depth == 0, text
    return " ".join("".join(kept).split())


@pytest.fixture
def empty(settings: Settings, sqlite_database: Database) -> Iterator[Room]:
    """A workspace with an admin and nothing else, served."""
    with sqlite_database.begin() as session:
        admin = User(name=NAME, role=ADMIN, password_hash=hash_password(PASSWORD))
        session.add(admin)
    room = Room(Server(settings), sqlite_database, admin.id, [], [], [])
    yield room
    room.server.stop()


def test_an_empty_workspace_and_refused_forms_have_no_english_on_them(empty: Room, page: Page):
    data = data_of(empty)
    page.goto(f"{empty.server.url}/login")
    page.locator("#name").fill(NAME)
    page.locator("#password").fill("something else")
    page.locator("main .button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert english_on(page, data) == []
    empty.log_in(page)
    for path in ("/", "/runs", "/acceptance", "/agreement", "/models", "/evaluations", "/nowhere"):
        page.goto(empty.server.url + path)
        assert english_on(page, [*data, path]) == [], path
    for path, fields in {
        "/people": {"#name": NAME},
        "/findings": {"#name": "cyst", "#key": "q"},
        "/worklists": {"#seed-rng": "3"},
        "/imports": {"#validation": "3"},
    }.items():
        page.goto(empty.server.url + path)
        for field, value in fields.items():
            page.locator(field).fill(value)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        assert english_on(page, [*data, *FIELDS]) == [], path
    page.goto(f"{empty.server.url}/runs")
    page.locator("main .card .button").last.click()
    expect(page.locator("#run")).to_be_visible()
    assert english_on(page, [*data, "/ 1"]) == []


def on_desk(page: Page) -> None:
    """Wait until a film is on the desk and its tools say what they see."""
    expect(page.locator("#scale")).not_to_be_empty()
    page.wait_for_function("() => !document.querySelector('.sending')")


def test_what_scripts_say_while_a_list_is_read_is_not_english(room: Room, page: Page):
    data = data_of(room)
    room.log_in(page)
    page.goto(f"{room.server.url}/reading/seed")
    on_desk(page)
    page.keyboard.press("?")
    for key in ("Tab", "Control+q", "i", "F2"):
        page.locator("[data-change]").nth(3).click()
        page.keyboard.press(key)
        expect(page.locator("[data-key-note]")).not_to_be_empty()
        assert english_on(page, data) == [], key
        page.keyboard.press("Escape")
    for key in (".", "m", "l", ";", "z", "c"):
        page.keyboard.press(key)
    expect(page.locator("#stage-note")).not_to_be_empty()
    assert english_on(page, data) == []
    page.keyboard.press("c")
    page.context.set_offline(True)
    page.keyboard.press("1")
    expect(page.locator("#message")).to_be_visible()
    assert english_on(page, data) == []
    page.context.set_offline(False)
    for number in range(2, 6):
        expect(page.locator("#position")).to_have_text(f"⟦Image {number}⟧")
        on_desk(page)
        page.keyboard.press("1")
    expect(page.locator("#end-today")).not_to_be_empty()
    assert english_on(page, data) == []
    for _number in range(6):
        page.keyboard.press("u")
        page.wait_for_function("() => !document.querySelector('.sending')")
    expect(page.locator("#message")).to_be_visible()
    assert english_on(page, data) == []


def test_what_scripts_say_while_pseudo_labels_are_reviewed_is_not_english(filled: Room, page: Page):
    data = data_of(filled)
    filled.log_in(page)
    page.goto(f"{filled.server.url}/review")
    on_desk(page)
    page.keyboard.press("?")
    assert english_on(page, data) == []
    page.keyboard.press("Escape")
    page.goto(f"{filled.server.url}/review/grid/{filled.classes[1]}")
    # Enter shows what was not in sight yet, and approves only after that.
    expect(page.locator("#confirm")).to_contain_text("agree with")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("?")
    assert english_on(page, data) == []
    page.keyboard.press("Escape")
    page.locator(".tile").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#end")).to_be_visible()
    assert english_on(page, data) == []
