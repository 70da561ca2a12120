"""Reading tables as people save them: what is clear is read, what is not is refused with its place.

Spreadsheets write commas, semicolons or tabs, UTF-8 or UTF-16, empty columns at the right, rows of
spaces, and headings in capitals. None of that can be misread. What can is refused: other encodings,
ids that have become numbers, and cells that hold an error.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app import errors
from app.csv_tables import unquoted
from app.imports import spoiled_ids
from app.imports.columns import Columns
from app.imports.table_limits import BoundedLines, require_small, too_wide

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = (",", ";", "\t")
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How XLSX and ODS, and XLS, begin."""
STATED = re.compile(r'"?sep=(.)"?\1*(?:\r\n|\r|\n|$)', re.IGNORECASE)
"""A first line by which Excel is told the sign between columns; saved again it has more of it."""
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
"""A formula by which spreadsheets are made to keep an id's zeros."""


def read_table(
    path: Path, columns: Columns, check: Callable[[], None]
) -> list[tuple[int, dict[str, str]]]:
    """Read a table with a header.

    Args:
        path: a CSV file.
        columns: which of its columns is which.
        check: called now and then; what it raises ends the reading.

    Returns:
        The line number and the stripped cells by column of each line that is not blank.

    Raises:
        errors.Refused: it cannot be read, lacks a column, or an id has been spoiled.
    """
    text, first = _without_statement(_text(path))
    delimiter = first or _delimiter(text, columns)
    lines = BoundedLines(text, check)
    rows = list(_rows(lines, delimiter, 2 if first else 1, columns))
    for column in columns.kind.ids:
        _check_ids([(line, cells.get(column, "")) for line, cells in rows], column)
    return rows


def refusal(what: str, line: int, column: str, do: str) -> errors.Refused:
    """Return a complaint about a place in a table."""
    where = f"line {line}" + (f", column {column}" if column else "")
    return errors.Refused(what, where, do)


def _text(path: Path) -> str:
    try:
        require_small(path)
        data = path.read_bytes()
    except OSError as error:
        raise errors.Refused(
            "The table cannot be read.", "", "Check that the file exists and is readable."
        ) from error
    if data.startswith(SPREADSHEETS):
        raise refusal("The file is a spreadsheet, no CSV.", 1, "", 'Save it as "CSV UTF-8".')
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and b"\0" in data[:4]:
        raise _not_utf8(1)
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(data.count(b"\n", 0, error.start) + 1) from error


def _not_utf8(line: int) -> errors.Refused:
    return refusal("The table is not in UTF-8.", line, "", 'Save it as "CSV UTF-8".')


def _without_statement(text: str) -> tuple[str, str]:
    """Return the text after a line like `sep=;`, and the sign it states, empty without one."""
    stated = STATED.match(text)
    return (text[stated.end() :], stated[1]) if stated else (text, "")


def _delimiter(text: str, columns: Columns) -> str:
    """Return the sign that parts the header into the required columns, or else into the most."""
    widths = dict.fromkeys(DELIMITERS, 0)
    for delimiter in DELIMITERS:
        lines = BoundedLines(text, lambda: None)
        try:
            header, _line = _header(csv.reader(lines, strict=True, delimiter=delimiter))
        except csv.Error:
            continue
        if too_wide(header) is None and {*columns.kind.required} <= {*columns.named(header)}:
            return delimiter
        widths[delimiter] = len(header)
    return max(widths, key=lambda delimiter: widths[delimiter])


def _rows(
    lines: BoundedLines, delimiter: str, line: int, columns: Columns
) -> Iterator[tuple[int, dict[str, str]]]:
    before = line - 1
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    try:
        header, blank = _header(reader)
        line += blank
        lines.begin_record()
        header = _names(header, columns, line)
        line = before + reader.line_num + 1
        for cells in reader:
            lines.begin_record()
            cleaned = [_clean(cell) for cell in cells]
            if any(cleaned):
                yield line, _by_column(cleaned, header, line)
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise refusal(
            f"The line is no CSV: {error}.",
            line,
            "",
            "Check its quotation marks: one that is not closed makes one cell of all that follows. "
            "Save the table as CSV with commas.",
        ) from error


def _header(reader: "Reader") -> tuple[list[str], int]:
    """Return the first record that is not blank, and how many lines there are before it."""
    before = 0
    for cells in reader:
        names = [_clean(name) for name in cells]
        if any(names):
            return names, before
        before = reader.line_num
    return [], 0


def _clean(cell: str) -> str:
    """Return a cell's text: without spaces around it, and what keeps it from being a formula."""
    cell = cell.strip().strip(INVISIBLE).strip()
    as_text = AS_TEXT.fullmatch(cell)
    return as_text[1].strip() if as_text else unquoted(cell)


def _names(header: list[str], columns: Columns, line: int) -> list[str]:
    """Return the names of a header's columns, known ones as Condyle has them."""
    if wide := too_wide(header):
        raise refusal(*wide)
    names = columns.named(header)
    missing = [name for name in columns.kind.required if name not in names]
    if missing:
        what, do = columns.missing(header, missing[0])
        raise refusal(what, line, missing[0], do)
    counted = Counter(names).items()
    twice = next((name for name, count in counted if name and count > 1), None)
    if twice is not None:
        raise refusal("Two columns have the same name.", line, twice, "Rename one of them.")
    columns.read(header)
    return names


def _by_column(cells: list[str], header: list[str], line: int) -> dict[str, str]:
    while len(cells) > len(header) and not cells[-1]:
        cells.pop()
    if len(cells) != len(header):
        raise refusal(
            f"The line has {len(cells)} cells, the header has {len(header)}.",
            line,
            header[min(len(cells), len(header) - 1)],
            "Put text that contains the sign between columns in quotation marks.",
        )
    for place, (name, cell) in enumerate(zip(header, cells, strict=True), start=1):
        if cell and not name:
            raise refusal(
                f"Cell {place} stands in a column without a name.",
                line,
                "",
                "Name the column in the first line, or empty the cell.",
            )
    return {name: cell for name, cell in zip(header, cells, strict=True) if name}


def _check_ids(cells: list[tuple[int, str]], column: str) -> None:
    if found := spoiled_ids.spoiled(cells):
        line, what, do = found
        raise refusal(what, line, column, do)
