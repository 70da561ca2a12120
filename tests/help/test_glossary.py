"""The glossary: what pages point at is in it, and what it points at is in the documentation."""

import re
from pathlib import Path

import pytest
from support.web import Web

from app.db.engine import Database
from app.glossary import TERMS
from app.help import documents
from app.settings import Settings

TEMPLATES = Path(__file__).parents[2] / "templates"


def test_every_question_mark_leads_to_a_term():
    marked = [
        anchor
        for path in TEMPLATES.rglob("*.html")
        for call in re.findall(r"m\.about\(([^)]*)\)", path.read_text("utf-8"))
        for anchor in re.findall(
            r'"([a-z-]+)"', call.partition(" if ")[0] + call[call.find(" else") :]
        )
    ]
    assert set(marked) <= set(TERMS)
    assert len(set(marked)) > 15


@pytest.mark.parametrize("anchor", TERMS)
def test_a_term_says_where_more_is_said(anchor: str):
    name, _, place = TERMS[anchor].more.partition("#")
    assert name in documents._pages()
    assert not place or f' id="{place}"' in documents.document(name).html


def test_the_glossary_shows_every_term_in_order(sqlite_database: Database, settings: Settings):
    text = Web(sqlite_database, settings).browser("Rosa").get("/help/glossary").text
    shown = re.findall(r'<div id="([a-z-]+)" tabindex="-1">\s*<dt>([^<]+)</dt>', text)
    assert {anchor for anchor, _ in shown} == set(TERMS)
    names = [name.casefold() for _, name in shown]
    assert names == sorted(names)
