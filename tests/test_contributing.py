"""The steps of CONTRIBUTING.md: where one is forgotten, a test here or named there says which."""

import re
from functools import cache
from pathlib import Path

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


def test_a_statistic_says_where_its_formula_is_from() -> None:
    """An author and a year, or a number of arXiv."""
    source = r"[A-Z]\w+[^.\n]{0,80}\b(19|20)\d\d\b|arXiv \d{4}\.\d+"
    silent = [each.name for each in STATISTICS if not re.search(source, each.read_text("utf-8"))]
    assert silent == [], "name no paper"


def test_a_statistic_is_tested() -> None:
    tests = texts("tests/statistics")
    names = [path.stem for path in STATISTICS]
    assert [name for name in names if f"from app.statistics.{name} import" not in tests] == []


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


def test_a_feature_with_routes_is_in_the_application() -> None:
    main = (ROOT / "app/main.py").read_text("utf-8")
    missing = [
        path
        for path in ROUTES
        if not re.search(rf"from app\.{path.parent.name} import .*\b{path.stem}\b", main)
    ]
    assert missing == []


def test_a_template_is_drawn() -> None:
    drawing = texts("app", "templates")
    names = [path.relative_to(ROOT / "templates").as_posix() for path in TEMPLATES]
    assert [name for name in names if f'"{name}"' not in drawing] == []


def test_a_script_is_loaded() -> None:
    loading = texts("templates", "static")
    names = [path.name for path in SCRIPTS]
    assert [name for name in names if not re.search(rf"[/\"]{re.escape(name)}", loading)] == []


def test_the_picture_of_the_house_is_what_the_imports_are() -> None:
    assert house.PICTURE.read_text("utf-8") == house.drawn(), "draw it with `make house`"
