"""What is written as CSV runs nowhere, and is read by our own import as it was."""

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.csv_tables import as_csv, quoted, unquoted
from app.evaluation.predictions import predictions_csv
from app.evaluation.report import MODELS
from app.imports.manifest import read_manifest

ROOT = Path(__file__).parents[2]
FORMULAS = (
    "=1+1",
    "+49 30 1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "-",
    "\uff1d1",
    "'=1",
    "''@x",
)
HARMLESS = ("knee", "", "'", "'90s knee", "1-2", "a=b", "-7", "+3.5e-2", "-0.25", "\u2212\u0663")


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_is_written_behind_an_apostrophe(text: str):
    assert cells("".join(as_csv([text], [[text]]))) == [[f"'{text}"], [f"'{text}"]]


@pytest.mark.parametrize("text", HARMLESS)
def test_any_other_text_is_written_as_it_is(text: str):
    assert quoted(text) == text == unquoted(text)


def test_numbers_stay_numbers_and_nested_values_become_json():
    row = [-1, -0.5, 1e-9, None, True, ["=a", 'b"'], {"k": "\u00fc"}]
    expected = ["-1", "-0.5", "1e-09", "", "True", '["=a", "b\\""]', '{"k": "\u00fc"}']
    assert cells("".join(as_csv(list("abcdefg"), [row])))[1] == expected


@given(st.text(st.one_of(st.sampled_from("'=+-@\t\r\n1."), st.characters(codec="utf-8"))))
def test_every_text_comes_back_and_no_two_are_written_alike(text: str):
    written = quoted(text)
    assert unquoted(written) == text
    assert written[:1] not in tuple("=@\t\r\n")
    assert unquoted(text) == text or quoted(text) != text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "'=", "''-", "'", "1"])
def test_ids_join_with_the_manifest_that_holds_them_as_they_were_exported(
    tmp_path: Path, start: str
):
    ids = [f"{start}P 1", f"{start}I 1"]
    probabilities = {model: [[0.25, 0.75]] for model in MODELS}
    table = predictions_csv(ids[1:], ids[:1], ["=normal"], ["-a", "b"], probabilities).decode()
    header, first, _second = cells(table)
    assert header[4:] == ["p_-a", "p_b"]
    assert [float(cell) for cell in first[4:]] == [0.25, 0.75]
    names = ["file", "image_id", "patient_id", "label"]
    (tmp_path / "manifest.csv").write_text(
        "".join(as_csv(names, [["a.png", *ids[::-1], "=normal"]]))
    )
    (row,) = read_manifest(tmp_path / "manifest.csv", ["=normal"])
    assert [row.patient_id, row.image_id, row.label] == [*ids, "=normal"]
    assert [unquoted(cell) for cell in first[:3]] == [*ids[::-1], "=normal"]


def test_only_one_place_writes_csv():
    """A table written by hand would be one whose formulas nobody quotes."""
    writers = {
        str(path.relative_to(ROOT))
        for folder in ("app", "worker", "models")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if _writes_csv(node)
    }
    assert writers == {"app/csv_tables.py"}


def _writes_csv(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "csv" and any("riter" in each.name for each in node.names)
    named = isinstance(node, ast.Attribute) and node.attr in {"writer", "DictWriter", "to_csv"}
    return named and (node.attr == "to_csv" or getattr(node.value, "id", "") == "csv")
