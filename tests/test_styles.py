"""Colours and sizes of type stand in one place, and the type face comes from us."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[1] / "static"
SHEETS = sorted(STATIC.rglob("*.css"))
COLOUR = r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|lab)\((?!var)"


def without_tokens(text: str) -> str:
    """A sheet without its token blocks and comments."""
    return re.sub(r":root\s*\{[^}]*\}", "", re.sub(r"/\*.*?\*/", "", text, flags=re.S))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_colour_stands_in_the_token_block_and_nowhere_else(sheet: Path) -> None:
    text = sheet.read_text()
    assert re.findall(COLOUR, without_tokens(text)) == []
    assert ":root" not in text or sheet.name == "style.css"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_type_has_five_sizes(sheet: Path) -> None:
    text = re.sub(r"@page \{.*", "", without_tokens(sheet.read_text()))
    sizes = re.findall(r"(?<!html \{ )font(?:-size)?:\s*([^;}]*)", text)
    # `em` follows the text that surrounds it: code among words.
    assert [one for one in sizes if re.search(r"\d(?:rem|px|pt)", one)] == []
    tokens = re.findall(r"--size-\w+: ([.\d]+)rem", (STATIC / "style.css").read_text())
    assert len(tokens) == 5
    assert min(float(rem) * 16 for rem in tokens) >= 14


def test_every_token_that_is_used_is_one() -> None:
    text = "".join(sheet.read_text() for sheet in SHEETS)
    assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= set(re.findall(r"(--[\w-]+):", text))


def test_the_type_face_is_ours_small_and_has_its_licence_beside_it() -> None:
    [face] = (STATIC / "fonts").glob("*.woff2")
    assert face.read_bytes()[:4] == b"wOF2"
    assert face.stat().st_size < 120_000
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts/LICENSE.txt").read_text()
    addresses = re.findall(r"url\(\"?([^)\"]*)", "".join(one.read_text() for one in SHEETS))
    assert addresses == ["/static/fonts/inter.woff2"]
