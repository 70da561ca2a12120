"""The steps of CONTRIBUTING.md: where one is forgotten, a test here or named there says which."""

import re
from functools import cache
from pathlib import Path

import pytest

from docs import house

ROOT = Path(__file__).parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
HOUSE = (ROOT / "docs/house.md").read_text("utf-8")
STATISTICS = sorted((ROOT / "app/statistics").glob("[a-z]*.py"))
ROUTES = sorted((ROOT / "app").glob("*/*routes.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))


@cache
def texts(*folders: str) -> str:
    """What all files of some folders say."""
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.*"))]
    known = (path for path in files if path.suffix in {".py", ".html", ".js"})
    return "\n".join(path.read_text("utf-8") for path in known)


def test_every_file_and_folder_that_the_steps_name_is_there() -> None:
    named = re.findall(
        r"`((?:app|models|worker|condyle_client|tests|templates|static|docs|bench|migrations|findings)/[\w./-]*)`",
        CONTRIBUTING + HOUSE,
    )
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(named) > 20


@pytest.mark.parametrize("path", STATISTICS, ids=lambda path: path.stem)
def test_a_statistic_says_where_its_formula_is_from(path: Path) -> None:
    """An author and a year, or a number of arXiv."""
    source = r"[A-Z]\w+[^.\n]{0,80}\b(19|20)\d\d\b|arXiv \d{4}\.\d+"
    assert re.search(source, path.read_text("utf-8")), f"{path.name} names no paper"


@pytest.mark.parametrize("path", STATISTICS, ids=lambda path: path.stem)
def test_a_statistic_is_tested(path: Path) -> None:
    assert f"from app.statistics.{path.stem} import" in texts("tests/statistics")


def test_nothing_but_the_line_of_defaults_and_the_demo_names_a_class() -> None:
    code = [
        path
        for folder in ("app", "worker", "models", "templates", "static")
        for path in sorted((ROOT / folder).rglob("*.*"))
        if path.suffix in {".py", ".html", ".js"} and "demo" not in path.relative_to(ROOT).parts
    ]
    naming = [
        str(path.relative_to(ROOT))
        for path in code
        if re.search(r"""["'](abnormal|arthroplasty)["']""", path.read_text("utf-8"))
    ]
    assert naming == ["app/imports/rules.py"]


@pytest.mark.parametrize("path", ROUTES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_feature_with_routes_is_in_the_application(path: Path) -> None:
    main = (ROOT / "app/main.py").read_text("utf-8")
    assert re.search(rf"from app\.{path.parent.name} import .*\b{path.stem}\b", main)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_is_drawn(path: Path) -> None:
    name = path.relative_to(ROOT / "templates").as_posix()
    assert f'"{name}"' in texts("app", "templates")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_script_is_loaded(path: Path) -> None:
    assert re.search(rf"[/\"]{re.escape(path.name)}", texts("templates", "static"))


def test_the_picture_of_the_house_is_what_the_imports_are() -> None:
    assert house.PICTURE.read_text("utf-8") == house.drawn(), "draw it with `make house`"
