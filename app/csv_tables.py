"""The one place that writes CSV, and what its reader must undo.

A spreadsheet takes a text that begins with one of `FORMULA` for a formula, and runs it. Such a text
is written behind an apostrophe; `manifest.csv` and `reports.csv` are read without it. So that no
two texts are written alike, one that begins with apostrophes before such a character gets one more.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

FORMULA = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""First characters of a formula, as a character class of `re` holds them: OWASP's list of CSV
injection, with the wide forms of the first four."""
_PIECE = 1 << 16
_STRUCTURES = (dict, list)
_as_json = json.JSONEncoder(ensure_ascii=False).encode
"""Made once: `json.dumps` would make an encoder for each of millions of cells."""

_BEGINS_AS_FORMULA = re.compile(f"'*[{FORMULA}]")
_BEGINS_QUOTED = re.compile(f"'+[{FORMULA}]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def as_csv(
    names: Sequence[str], rows: Iterable[Sequence[Any]], line_end: str = "\r\n"
) -> Iterator[str]:
    """Return CSV text (RFC 4180), header first, piece by piece.

    Args:
        names: the header.
        rows: as many cells each. Numbers stay numbers, None becomes an empty cell, lists and
            dictionaries become JSON, and a text is `quoted`.
        line_end: what ends a line.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=line_end)
    writer.writerow(map(_cell, names))
    for row in rows:
        writer.writerow(map(_cell, row))
        if buffer.tell() > _PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def as_line(row: Sequence[Any]) -> str:
    """Return a row as `as_csv` writes it, for a table that grows by a line."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(map(_cell, row))
    return buffer.getvalue()


def quoted(text: str) -> str:
    """Return a text as no spreadsheet runs it; a plain number, however signed, is no formula."""
    is_formula = _BEGINS_AS_FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def unquoted(cell: str) -> str:
    """Return the text of a cell: what `quoted` was given."""
    return cell[1:] if _BEGINS_QUOTED.match(cell) else cell


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return quoted(value)
    return _as_json(value) if isinstance(value, _STRUCTURES) else value
