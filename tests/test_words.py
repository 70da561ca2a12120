"""docs/words.md is true of the code: each thing is where the table has it, under no other name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
CODE = [
    path for folder in ("app", "models", "worker") for path in sorted((ROOT / folder).rglob("*.py"))
]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/words.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| word ")
]
AVOIDED = {word for row in ROWS for word in re.findall(r"`(\w+)`", row[3])}


class Name(NamedTuple):
    """What a file calls a class, a function, an argument or a variable."""

    written: str
    at: str
    of_class: bool = False


@pytest.fixture(scope="module")
def names() -> list[Name]:
    """All names of the code; gathered where they are needed: each process collects the tests."""
    return [name for path in CODE for name in names_in(path)]


def names_in(path: Path) -> Iterator[Name]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        at = f"{path.relative_to(ROOT)}, line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield Name(node.name, at, isinstance(node, ast.ClassDef))
        elif isinstance(node, ast.arg):
            yield Name(node.arg, at)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield Name(node.id, at)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield Name(node.attr, at)


@cache
def words_in(name: str) -> set[str]:
    """The words of a name: `_set_fates` and `SetFates` have set and fates."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_a_word_is_where_the_table_has_it(names: list[Name]) -> None:
    classes = {name.written for name in names if name.of_class}
    assert [row for row in ROWS if not (row[1] and row[2])] == []
    places = [place for row in ROWS for place in re.findall(r"`([^`]+)`", row[2])]
    files = [place for place in places if "/" in place]
    assert [place for place in files if not (ROOT / place).is_file()] == []
    named = {place for place in places if place not in files and place[0].isupper()}
    assert named - classes == set()


def test_no_name_is_a_word_that_we_do_not_use(names: list[Name]) -> None:
    found = [f"{name.written}, {name.at}" for name in names if words_in(name.written) & AVOIDED]
    assert not found, f"docs/words.md has another word for {found}"


def test_words_are_told_apart_in_any_way_of_writing_names() -> None:
    assert words_in("_set_fates") == {"set", "fates"}
    assert words_in("TURN_HELD") == {"turn", "held"}
    assert words_in("NextItem2") == {"next", "item"}
    assert {"fate", "deed", "journey"} <= AVOIDED
