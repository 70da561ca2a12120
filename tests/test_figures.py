"""Figures of a large archive are counted beside the page, which says when they were."""

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient
from support.web import Web
from support.worklist_rows import add_classes, add_images

from app import figures
from app.db.archive import Image
from app.db.engine import read_only
from app.figures import Figures

COUNTED = re.compile("Counted at|archive is being counted|counts are being updated")
COUNTED_PAGES = ("/", "/imports", "/worklists", "/agreement")


@pytest.fixture
def large(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """An archive that is too large to be counted while a page waits."""
    with web.database.begin() as session:
        add_classes(session)
        add_images(session, 3)
    monkeypatch.setattr(figures, "COUNTED_AT_ONCE", 2)
    return web


def settled(client: TestClient, page: str) -> str:
    """The page as its browser shows it in the end: it asks again while something is counted."""
    while "Refresh" in (answer := client.get(page)).headers:
        pass
    return answer.text


def test_a_small_archive_is_counted_at_once(web: Web) -> None:
    with web.database.begin() as session:
        add_classes(session)
        add_images(session, 3)
    admin = web.browser("Admin", "admin")
    for page in COUNTED_PAGES:
        answer = admin.get(page)
        assert "Refresh" not in answer.headers
        assert not COUNTED.search(answer.text)


@pytest.mark.parametrize("page", COUNTED_PAGES)
def test_a_page_of_a_large_archive_comes_to_the_same_and_says_when_it_was_counted(
    large: Web, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = large.browser("Admin", "admin")
    shown = settled(admin, page)
    assert "Counted at" in shown
    monkeypatch.setattr(figures, "COUNTED_AT_ONCE", 3)
    small = admin.get(page).text
    assert set(map(str.strip, small.splitlines())) <= set(map(str.strip, shown.splitlines()))


def test_no_page_waits_for_a_count_and_none_is_shown_before_it_is_known(
    large: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, counting = threading.Event(), threading.Event()
    monkeypatch.setattr(figures, "PATIENCE_SECONDS", 0)

    def count(session):
        counting.set()
        assert held.wait(60)
        return session.scalar(select(func.count(Image.id)))

    known = Figures()
    with read_only(large.database) as session:
        first = known.show(session, "images", count)
        assert (first.value, first.at, first.again) == (None, None, True)
        assert counting.wait(60)
        assert known.show(session, "images", count).value is None
        held.set()
        while (found := known.show(session, "images", count)).again:
            pass
    assert found.value == 3
    assert found.at is not None


def test_what_was_counted_a_while_ago_is_shown_and_counted_anew(
    large: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, seen = iter([1, 2]), threading.Event()

    def count(session):
        number = next(counts)
        assert number == 1 or seen.wait(60)
        return number

    known = Figures()
    with read_only(large.database) as session:
        while known.show(session, "rising", count).again:
            pass
        monkeypatch.setattr(figures, "FRESH", timedelta(0))
        old = known.show(session, "rising", count)
        assert (old.value, old.again) == (1, True)
        monkeypatch.setattr(figures, "FRESH", timedelta(hours=1))
        seen.set()
        while known.show(session, "rising", count).value == 1:
            pass


def test_a_count_that_fails_is_tried_again(large: Web) -> None:
    tries = []

    def count(session):
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError
        return 7

    known = Figures()
    with read_only(large.database) as session:
        while (found := known.show(session, "shaky", count)).again:
            pass
    assert (found.value, len(tries)) == (7, 2)
