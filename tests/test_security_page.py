"""The threat model names, for each protection, a test that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/security.md").read_text("utf-8").splitlines()
    if re.match(r"\| (?!what they try|---)[^|]+\|[^|]+\|[^|]+\|$", line)
]


def test_the_threat_model_has_its_rows() -> None:
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_protection_is_proved_by_a_test_that_is_there(row: list[str]) -> None:
    file, name = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[2]).groups()  # type: ignore[union-attr]
    assert f"\ndef {name}(" in (ROOT / file).read_text("utf-8")
