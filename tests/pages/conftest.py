"""One Chromium for all tests of pages, a tab for each, and a workspace for each."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support.reading_room import Room, furnish

from app.db.engine import Database
from app.settings import Settings

PATIENCE = 30_000
"""Milliseconds that a test waits for what a page is to show, however busy the machine is."""
expect.set_options(timeout=PATIENCE)

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without its window, with a fresh profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell", args=SWITCHES
        )
        yield browser
        browser.close()


@pytest.fixture
def room(settings: Settings, sqlite_database: Database) -> Iterator[Room]:
    """A workspace with a reader and five films, served."""
    room = furnish(settings, sqlite_database)
    yield room
    room.server.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own profile that fails the test where a script raised."""
    with closing(browser.new_context(viewport={"width": 1280, "height": 800})) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        raised: list[str] = []
        page.on("pageerror", lambda error: raised.append(str(error)))
        yield page
        assert raised == []
