"""How numbers are written: one way, in one place."""

import re
from pathlib import Path

import pytest

from app import formats

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.count(1_234_567), "1,234,567"),
        (formats.decimal(-0.5), "−0.500"),
        (formats.decimal(2.345, 1), "2.3"),
        (formats.decimal(None), "–"),
        (formats.signed(0.0123), "+0.012"),
        (formats.signed(-0.0123), "−0.012"),
        (formats.figure(12.0), "12"),
        (formats.figure(0.25), "0.250"),
        (formats.percent(0.123), "12 %"),
        (formats.percent(0.123, 1), "12.3 %"),
        (formats.percent(None, 1), "–"),
        (formats.interval((-0.1, 0.2), 2), "−0.10 to 0.20"),
        (formats.interval(None), ""),
        (formats.percent_interval(0.5, (0.25, 0.75)), "50.0 % (25.0 to 75.0)"),
        (formats.percent_interval(None, None), "–"),
        (formats.p_value(0.0001), "< 0.001"),
        (formats.p_value(0.0312), "0.031"),
        (formats.p_value(0.5), "0.50"),
        (formats.duration(59.4), "59 s"),
        (formats.duration(61), "1 min 1 s"),
        (formats.duration(7_380), "2 h 3 min"),
    ],
)
def test_a_number_is_written_so(written: str, expected: str) -> None:
    assert written == expected


def test_no_template_writes_a_number_in_its_own_way() -> None:
    """A field to type in is no text: its value is written as the browser reads it."""
    own = re.compile(r"\.format\(|%\.\d|\bformat\(|\| *round(?! \| int)")
    pages = sorted((ROOT / "templates").rglob("*.html"))
    found = [
        f"{page.relative_to(ROOT)}: {line.strip()[:80]}"
        for page in pages
        for line in page.read_text("utf-8").splitlines()
        if own.search(line) and "<input" not in line
    ]
    assert found == []


def test_no_script_writes_a_number_in_its_own_way() -> None:
    own = re.compile(r"toLocaleString|toFixed|toPrecision|Intl\.NumberFormat")
    scripts = sorted((ROOT / "static").rglob("*.js"))
    found = [path.name for path in scripts if own.search(path.read_text("utf-8"))]
    assert found == ["formats.js"]


def test_no_text_of_a_page_writes_a_number_in_its_own_way() -> None:
    """A value of a text, `name=f"{...:,}"`: log lines and refusals are English and stay so."""
    own = re.compile(r"""\w+=f["']\{[^{}]+:,?(\.\d)?[f,%]?\}["']""")
    modules = sorted((ROOT / "app").rglob("*.py"))
    found = [path.name for path in modules if own.search(path.read_text("utf-8"))]
    assert found == []
