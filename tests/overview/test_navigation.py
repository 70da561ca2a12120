"""The links of every page: who gets which, where one is, and how much waits."""

import re

import pytest
from sqlalchemy import update
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_sweep, list_images

from app import badges
from app.db.engine import Database
from app.db.learning import Run
from app.db.people import User
from app.db.reading import WorklistItem
from app.settings import Settings


@pytest.fixture
def web(database: Database, settings: Settings) -> Web:
    """Seven seed films, three of them read, two films in review, and a run that waits."""
    with database.begin() as session:
        add_classes(session)
        images = add_images(session, 7)
        list_images(session, "seed", images)
        read = WorklistItem.image_id.in_(images[:3])
        session.execute(update(WorklistItem).where(read).values(done=True))
        add_sweep(session, add_images(session, 2, name="r"))
        session.add(Run(kind="sweep", status="queued"))
    return Web(database, settings)


def links(page: str) -> dict[str, str]:
    """Return {address: text} of the links that lead through the pages."""
    [nav] = re.findall(r'<nav aria-label="Pages">(.*?)</nav>', page, re.S)
    return {
        path: " ".join(re.sub(r"<[^>]*>", "", text).split())
        for path, text in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', nav, re.S)
    }


def test_readers_see_what_waits_for_them_and_admins_every_room(web: Web) -> None:
    waits = {"/reading": "Read 4 waiting", "/review": "Review 2 waiting"}
    assert links(web.browser("rosa").get("/").text) == waits
    found = links(web.browser("ada", "admin").get("/").text)
    assert waits.items() <= found.items()
    assert found["/runs"] == "Runs 1 under way"
    assert {"/imports", "/acceptance", "/models", "/settings"} <= set(found)


def test_a_page_below_a_section_says_which_page_of_it_it_is(web: Web) -> None:
    page = web.browser("ada", "admin").get("/review/settings").text
    current = re.findall(r'<a href="([^"]*)" aria-current="(\w+)"', page)
    assert current == [("/settings", "true"), ("/review/settings", "page")]


def test_what_readers_differ_on_is_in_no_badge(web: Web, database: Database) -> None:
    with database.begin() as session:
        list_images(session, "adjudication", add_images(session, 3, name="d"))
    assert links(web.browser("rosa").get("/").text)["/reading"] == "Read 4 waiting"


def test_a_badge_counts_no_further_than_it_shows(web: Web, database: Database) -> None:
    with database.begin() as session:
        list_images(session, "validation", add_images(session, 120, split="validation", name="v"))
        user = User(name="someone", role="reader")
        assert badges.of(session, user).read == badges.COUNTED_AT_MOST + 4
    assert links(web.browser("rosa").get("/").text)["/reading"] == "Read 99+ waiting"
