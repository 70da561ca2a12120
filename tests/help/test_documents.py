"""The documentation in the app: links and pictures lead somewhere, and no HTML gets through."""

import re

import pytest
from support.web import Web

from app import errors
from app.db.engine import Database
from app.help import documents
from app.help.markdown import anchor_of, rendered
from app.settings import Settings

PAGES, PICTURES = documents._pages(), documents._pictures()
LISTED = [each.name for _group, listed in documents.GROUPS for each in listed]


def has_anchor(name: str, anchor: str) -> bool:
    """Whether a page has a place; a page is not rendered for none."""
    return not anchor or f' id="{anchor}"' in documents.document(name).html


def test_every_listed_page_is_there():
    assert set(LISTED) <= set(PAGES)
    assert len(LISTED) == len(set(LISTED)) > 15


@pytest.mark.parametrize("name", [*LISTED, "decisions"])
def test_every_link_and_picture_of_a_page_leads_somewhere(name: str):
    html = documents.document(name).html
    for address in re.findall(r'href="([^"]+)"', html):
        within = re.fullmatch(r"(?:/help/documents/([^#]+))?(?:#(.+))?", address)
        if within is None:
            assert address.startswith("http")
        else:
            page = within[1] or name
            assert page in PAGES, address
            assert has_anchor(page, within[2]), address
    for address in re.findall(r'src="([^"]+)"', html):
        assert address.removeprefix("/help/pictures/") in PICTURES, address


def test_links_lead_to_decisions_and_pictures_come_from_their_folders():
    assert "/help/documents/205-what-is-measured" in documents.document("reading").html
    assert "/help/pictures/pages-archive.png" in documents.document("archive").html


def test_nothing_of_a_page_is_carried_out_and_what_is_not_served_is_text():
    page = rendered(
        "# A\n\n## B c!\n\n## B c!\n\n<script>x()</script> [far](https://example.org)"
        " [code](../app/x.py)"
        " [bad](javascript:alert(1)) [near](b.md#b-c)\n\n| a |\n|---|\n| <b> |\n",
        {"b.md": "/help/documents/b"},
        {},
    )
    assert page.title == "A"
    assert [each.anchor for each in page.headings] == ["b-c", "b-c-1"]
    assert "<script" not in page.html
    assert "<b>" not in page.html
    assert "javascript:" not in re.sub(r"\[bad\]\([^)]*\)", "", page.html)
    assert re.findall(r'href="([^"]+)"', page.html) == [
        "https://example.org",
        "/help/documents/b#b-c",
    ]
    assert " code " in page.html
    assert anchor_of("What the labels amount to") == "what-the-labels-amount-to"


def test_pages_and_pictures_are_sent_to_whoever_is_logged_in_and_no_other_file(
    sqlite_database: Database, settings: Settings
):
    web = Web(sqlite_database, settings)
    reader = web.browser("Rosa")
    page = reader.get("/help/documents/reading")
    assert page.status_code == 200
    assert '<article lang="en"><h1 id="reading-labelling-films-one-at-a-time">' in page.text
    picture = reader.get("/help/pictures/loop.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert reader.get("/help/pictures/pages-run.png").content[:4] == b"\x89PNG"
    for address in (
        "/help/documents/nothing",
        "/help/documents/..%2FREADME",
        "/help/documents/screenshots",
        "/help/pictures/pages",
        "/help/pictures/..%2Facceptance.md",
    ):
        assert reader.get(address).status_code == 404, address
    assert web.anonymous().get("/help/pictures/loop.svg").status_code == 303


def test_an_installation_without_documentation_says_so(
    sqlite_database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(documents, "FOLDER", settings.home / "nowhere")
    reader = Web(sqlite_database, settings).browser("Rosa")
    assert "without its documentation" in reader.get("/help").text
    assert reader.get("/help/glossary").status_code == 200
    assert reader.get("/help/documents/reading").status_code == 404
    with pytest.raises(errors.NotFound):
        documents.document("reading")
