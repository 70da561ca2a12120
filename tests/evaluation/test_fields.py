"""Every field of the evaluation report is explained, and reports of earlier releases are read."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluation.samples import predictions, report_of

from app.evaluation.page import render_html
from app.evaluation.report import EvaluationReport

DOCUMENTATION = (Path(__file__).parents[2] / "docs/evaluation.md").read_text("utf-8")
BY = {
    "seconds": "<kind>",
    "recipe": "<value>",
}
"""What the keys of a field are, where they are not classes."""


def fields(schema: dict[str, Any], known: dict[str, Any], path: str = "") -> Iterator[str]:
    """Name the fields of a JSON schema that hold no fields themselves, `a.<class>.b`."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    inner = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if len(inner) == 1:
        yield from fields(inner[0], known, path)
    elif properties := schema.get("properties"):
        for name, each in properties.items():
            yield from fields(each, known, f"{path}.{name}".lstrip("."))
    elif "additionalProperties" in schema:
        yield from fields(
            schema["additionalProperties"], known, f"{path}.{BY.get(path, '<class>')}"
        )
    elif schema.get("type") == "array" and "$ref" in schema.get("items", {}):
        yield from fields(schema["items"], known, f"{path}[]")
    else:
        yield path


def explained() -> Iterator[str]:
    """Name the fields of the table in docs/evaluation.md; `.b` stands beside `a.b` before it."""
    before = ""
    for row in re.findall(r"^\| [^|]+ \| (`[^|]+`) \|", DOCUMENTATION, re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", row):
            before = before.rpartition(".")[0] + name if name.startswith(".") else name
            yield before


def test_every_field_has_its_row_and_every_row_its_field() -> None:
    schema = EvaluationReport.model_json_schema()
    names = [re.sub(r"^final\.", "baseline.", name) for name in fields(schema, schema["$defs"])]
    rows = list(explained())
    assert sorted(rows) == sorted(set(rows))
    assert set(rows) == set(names)


def test_a_report_of_an_earlier_release_is_read_and_drawn() -> None:
    written = report_of(*predictions(60)).as_json()
    labels = written["pseudo_labels"]
    for name in ("error_bound", "whole_set"):
        del labels[name]
    for lot in labels["lots"]:
        del lot["sites"]
    report = EvaluationReport.model_validate(json.loads(json.dumps(written)))
    assert (report.pseudo_labels.error_bound, report.pseudo_labels.whole_set) == (None, None)
    assert [lot.sites for lot in report.pseudo_labels.lots] == [None, None]
    assert report.as_json()["final"] == written["final"]
    page = render_html(report)
    assert "of all" not in page
    assert "released" in page


def test_a_field_of_a_later_release_is_passed_over() -> None:
    written = report_of(*predictions(60)).as_json()
    assert EvaluationReport.model_validate(written | {"later": 1}).as_json() == written
