"""Tables: a row is a label and what is said of it; a column may be a knee."""

import re
from collections.abc import Iterator, Sequence

from models.reports.heads import phrases_of, side_of
from models.reports.phrases import folded, words
from models.reports.placed_text import PlacedText

GAP = re.compile(r"(?<=[^\s:.;,|])(?: ?\t\s*| {3,}| ?\.{3,} ?| *\| *)(?=[^\s|])")
EDGE = re.compile(r"^[\s|]+|[\s|]+$")
RULE = re.compile(r"[\s|+:=-]*[|+=-]{3,}[\s|+:=-]*")
MOST_WORDS = 6
"""Of a label."""


def in_rows(lines: Sequence[PlacedText]) -> list[PlacedText]:
    """Return lines in which each row of a table reads `label: value`.

    Args:
        lines: of a section.

    Returns:
        The lines. A row below a line that names both knees becomes a line for each of them.
    """
    has_gap = any(GAP.search(line.text) for line in lines)
    return list(_rows(lines)) if has_gap else list(lines)


def _rows(lines: Sequence[PlacedText]) -> Iterator[PlacedText]:
    knees: list[PlacedText] = []
    for line in lines:
        if RULE.fullmatch(line.text):
            continue
        cells = [cell for cell in line.replaced(EDGE, lambda _: "").split(GAP) if cell.text.strip()]
        if (named := _knees(cells)) and len(cells) > 1:
            knees = named
        elif knees and len(cells) == len(knees) + 1:
            for knee, value in zip(knees, cells[1:], strict=True):
                yield _joined(knee, " ", cells[0], ": ", value)
        elif len(cells) > 1 and _is_label(cells[0].text):
            knees = []
            yield _row(cells)
        else:
            knees = []
            yield line


def _knees(cells: Sequence[PlacedText]) -> list[PlacedText]:
    """Return the cells that name a knee, if they name one each and both knees together."""
    sides = [_side(cell.text) for cell in cells]
    named = [cell for cell, side in zip(cells, sides, strict=True) if side]
    return named if len(named) >= len(cells) - 1 and {"L", "R"} <= set(sides) else []


def _side(cell: str) -> str:
    meanings = phrases_of(words(folded(cell))) or []
    return side_of(meanings) if all(keys & {"L", "R", "B", "knee"} for keys in meanings) else ""


def _is_label(cell: str) -> bool:
    return len(cell.split()) <= MOST_WORDS and ":" not in cell and any(map(str.isalpha, cell))


def _row(cells: Sequence[PlacedText]) -> PlacedText:
    others = (piece for cell in cells[2:] for piece in (", ", cell))
    return _joined(cells[0], ": ", cells[1], *others)


def _joined(*pieces: PlacedText | str) -> PlacedText:
    texts: list[PlacedText] = []
    for piece in pieces:
        if isinstance(piece, str):
            piece = texts[-1].part(len(texts[-1].text) - 1, len(texts[-1].text)).rewritten(piece)
        texts.append(piece)
    return PlacedText.joined(texts)
