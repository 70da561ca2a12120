"""Nothing that a user reads names a file of the repository: they have the pages, not the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.help import documents
from app.languages.catalogue import TEMPLATE, forms_of
from app.texts import DOMAIN

ROOT = Path(__file__).parents[2]
FOLDERS = "app|bench|docs|findings|migrations|models|static|templates|tests|worker"
CITED = re.compile(
    rf"\b(?:{FOLDERS})/[\w/-]+\.\w+|\b[\w-]+\.(?:md|py)\b"
    r"|\b(?:README|CHANGELOG|CONTRIBUTING|Makefile|pyproject\.toml|constraints\.txt)\b"
)
LISTED = [each.name for _group, listed in documents.GROUPS for each in listed]
MODULES = [
    path for folder in ("app", "models", "worker") for path in sorted((ROOT / folder).rglob("*.py"))
]


def sentences(path: Path) -> Iterator[str]:
    """Yield what a module says in more than one word, but for its docstrings: refusals, messages
    of runs, questions and answers of commands."""
    tree = ast.parse(path.read_text("utf-8"))
    unread = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        read = isinstance(node, ast.Constant) and id(node) not in unread
        if read and isinstance(node.value, str) and " " in node.value:
            yield node.value


def test_no_text_of_a_page_cites_a_file():
    with TEMPLATE.open("rb") as catalogue:
        messages = read_po(catalogue, domain=DOMAIN)
    texts = [form for message in messages if message.id for form in forms_of(message.id)]
    assert len(texts) > 1500
    assert [text for text in texts if CITED.search(text)] == []


def test_no_refusal_and_no_message_of_a_run_or_a_command_cites_a_file():
    # Most modules that name a file do so in a docstring or a comment; the others are not parsed.
    naming = [path for path in MODULES if CITED.search(path.read_text("utf-8"))]
    assert ROOT / "app/imaging/rendering.py" in naming
    said = [(path.name, text) for path in naming for text in sentences(path)]
    assert said
    assert [each for each in said if CITED.search(each[1])] == []


@pytest.mark.parametrize("name", LISTED)
def test_no_page_of_the_documentation_for_users_cites_a_file(name: str):
    """Addresses of its links to other pages are no citations: what is shown is their text."""
    text = re.sub(r"\]\([^)]*\)", "]", (ROOT / f"docs/{name}.md").read_text("utf-8"))
    assert CITED.findall(text) == []


def test_a_citation_is_noticed():
    for text in ("see docs/languages.md", "in `app/runs/kinds.py`", "README", "bench/gain.py"):
        assert CITED.search(text)
    assert not CITED.search("a manifest.csv, evaluation.html and /api/v1/images")
