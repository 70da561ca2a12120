"""Every setting, command and kind of run has its words in the documentation."""

import re
from pathlib import Path

import pytest
from test_permissions import PAGES
from typer.main import get_command

from app.cli import cli
from app.runs.kinds import KINDS
from app.settings import Settings

ROOT = Path(__file__).parents[1]
SETTINGS = (ROOT / "docs/settings.md").read_text("utf-8")
RUNS = (ROOT / "docs/runs.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
SCREENSHOTS = (ROOT / "docs/screenshots.py").read_text("utf-8")
GALLERY = (ROOT / "docs/pages.md").read_text("utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_has_its_heading_and_its_meaning(name: str) -> None:
    assert f"## CONDYLE_{name.upper()}\n" in SETTINGS
    assert str(Settings.model_fields[name].description) in SETTINGS


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_run_is_explained(kind: str) -> None:
    assert f"`{kind}`" in RUNS


@pytest.mark.parametrize("command", get_command(cli).list_commands(None))  # type: ignore[attr-defined]
def test_a_command_is_in_the_readme(command: str) -> None:
    assert f"`condyle {command}" in README


def test_every_page_of_the_documentation_is_linked_from_the_readme() -> None:
    pages = [path.name for path in (ROOT / "docs").glob("*.md")]
    assert [page for page in pages if f"docs/{page}" not in README] == []


def test_no_link_between_pages_is_broken() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    ]
    assert [link for link in links if not (link[0].parent / link[1]).exists()] == []


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_its_picture(path: str) -> None:
    names = re.findall(rf'Picture\("([a-z-]+)", "{re.escape(path)}"', SCREENSHOTS)
    assert names
    for name in names:
        assert f"pictures/pages/{name}.png" in GALLERY
