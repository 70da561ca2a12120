"""Every page, as a reader and as an admin sees it, keeps nobody out and has no English on it.

To open a page takes longer than to ask something of it: each is opened once, in the language that
is made up, and asked both.
"""

import json
from contextlib import closing

import pytest
from languages.made_up import CODE
from pages.test_accessibility import at_rest, filled, serious, visit
from pages.test_another_language import data_of, english_on, settings
from playwright.sync_api import Browser
from support.reading_room import Room
from test_permissions import PAGES

from app.db.people import User

__all__ = ["filled", "settings"]

SAY_ENGLISH = """made_up => {
  for (const each of document.querySelectorAll(`[lang=${made_up}]`)) each.lang = "en";
}"""
"""axe-core refuses a language that it does not know."""


@pytest.mark.parametrize("role", ["reader", "admin"])
def test_no_page_keeps_anybody_out_or_has_english_on_it(filled: Room, browser: Browser, role: str):
    with filled.database.begin() as session:
        session.get_one(User, filled.reader).role = role
    data = data_of(filled)
    found: dict[str, dict[str, list[str]]] = {}
    laptop = {"width": 1280, "height": 720}
    with closing(browser.new_context(bypass_csp=True, viewport=laptop)) as context:
        page = context.new_page()
        for path in visit(filled, page, PAGES):
            assert page.locator("html").get_attribute("lang") == CODE
            at_rest(page)
            english = english_on(page, data)
            page.evaluate(SAY_ENGLISH, CODE)
            asked = {"english": english, "keeps out": serious(page)}
            if wrong := {question: answer for question, answer in asked.items() if answer}:
                found[path] = wrong
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
