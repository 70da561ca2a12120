"""docs/words.md is true of the code: each thing is where the table has it, under no other name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

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


def names(path: Path) -> Iterator[tuple[str, int]]:
    """The names a file gives to classes, functions, arguments and variables, and their lines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def words_in(name: str) -> set[str]:
    """The words of a name: `_set_fates` and `SetFates` have set and fates."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


@cache
def classes() -> set[str]:
    """The names of all classes; asked where it is needed, since each process collects the tests."""
    return {
        node.name
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_word_is_where_the_table_has_it(row: list[str]) -> None:
    assert row[1]
    assert row[2]
    for place in re.findall(r"`([^`]+)`", row[2]):
        if "/" in place:
            assert (ROOT / place).is_file(), place
        elif place[0].isupper():
            assert place in classes(), place


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_name_is_a_word_that_we_do_not_use(path: Path) -> None:
    found = [f"{name}, line {line}" for name, line in names(path) if words_in(name) & AVOIDED]
    assert not found, f"docs/words.md has another word for {found}"


def test_words_are_told_apart_in_any_way_of_writing_names() -> None:
    assert words_in("_set_fates") == {"set", "fates"}
    assert words_in("TURN_HELD") == {"turn", "held"}
    assert words_in("NextItem2") == {"next", "item"}
    assert {"fate", "deed", "journey"} <= AVOIDED
