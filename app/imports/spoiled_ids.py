"""Ids that a spreadsheet has changed: those that cannot be told apart from others are refused.

A spreadsheet takes an id for a number or a date and keeps that instead: `1200000000034` becomes
`1.2E+12`, the digits after the fifteenth become zeros, `3-12` becomes `12-Mar`, and `0012` becomes
`12`. The first three cannot be undone and are refused. Zeros at the start are lost without a trace
in the cell, so they are only named, where the names of the files still have them.
"""

import re
from collections.abc import Iterable, Sequence

NO_ID = re.compile(
    r"#(REF|N/A|VALUE|NAME|DIV/0|NUM|NULL)[!?]?|#{3,}|\d([.,]\d+)?E\+\d+|\d[.,]\d+E\d+", re.I
)
"""Errors of a spreadsheet, a column too narrow, and an id that has become a power of ten."""
WHOLE = re.compile(r"\d+[.,]0+")
FRACTION = re.compile(r"\d+[.,]\d*[1-9]\d*")
_MONTHS = (
    "jan feb mar apr may jun jul aug sep oct nov dec mär mrz mai okt dez janv févr mars avr juin"
    " juil août sept déc ene abr ago dic mrt mei fev giu lug ott"
)
MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS.split(), key=len, reverse=True))})\.?"
"""As spreadsheets shorten months in their languages; words that are often parts of ids are left
out."""
DAY_OF_MONTH = re.compile(rf"\d{{1,2}}[-. /]{{1,2}}{MONTH}(?:[-. /]{{1,2}}\d{{2,4}})?", re.I)
MONTH_OF_YEAR = re.compile(rf"{MONTH}[-. /]{{1,2}}\d{{2}}", re.I)
DIGITS = 15
"""Of a number, as many as a spreadsheet keeps."""
ROUNDED = re.compile(rf"[1-9]\d{{{DIGITS - 1}}}(?P<rest>\d+)")
LEAST_ZEROS = 3
"""So many digits in all that are zero would be chance once in a thousand tables."""
PADDED = re.compile(r"(?<!\d)0+([1-9]\d*)(?!\d)")
LEAST_PADDED = 2


def spoiled(cells: Sequence[tuple[int, str]]) -> tuple[int, str, str] | None:
    """Return the first id of a column that a spreadsheet has changed for good.

    Args:
        cells: line and text of each of its cells.

    Returns:
        The line, what is wrong and what to do; None where nothing is.
    """
    for find in (_no_ids, _decimals, _dates, _rounded):
        if found := find(cells):
            return found
    return None


def zeros_lost(ids: Iterable[tuple[str, str]]) -> bool:
    """Whether most ids of a column stand in the names of their files with zeros before them.

    Args:
        ids: each file as the table names it, and the id of its line.
    """
    padded: set[str] = set()
    plain: set[str] = set()
    for file, cell in ids:
        if cell.isdigit() and not cell.startswith("0"):
            named = PADDED.findall(file.rpartition(".")[0] or file)
            (padded if cell in named else plain).add(cell)
        elif cell:
            plain.add(cell)
    return len(padded) >= max(LEAST_PADDED, len(plain) + 1)


def _no_ids(cells: Sequence[tuple[int, str]]) -> tuple[int, str, str] | None:
    line = next((line for line, cell in cells if NO_ID.fullmatch(cell)), None)
    if line is None:
        return None
    return (
        line,
        "A spreadsheet has spoiled the id: it is an error or a rounded number.",
        "Format the column as text, enter the ids again, and save the table again.",
    )


def _decimals(cells: Sequence[tuple[int, str]]) -> tuple[int, str, str] | None:
    line = next((line for line, cell in cells if WHOLE.fullmatch(cell)), None)
    if line is None or any(FRACTION.fullmatch(cell) for _, cell in cells):
        return None
    return (
        line,
        "A spreadsheet has given the id decimals (such as 12.0), so it would not be found as 12.",
        "Format the column as text or as whole numbers, and save the table again.",
    )


def _dates(cells: Sequence[tuple[int, str]]) -> tuple[int, str, str] | None:
    """A month with a year counts only beside another month: alone it may be the name of a group."""
    dated = [line for line, cell in cells if DAY_OF_MONTH.fullmatch(cell)]
    months = [(line, MONTH_OF_YEAR.fullmatch(cell)) for line, cell in cells]
    found = {match["month"].casefold(): line for line, match in reversed(months) if match}
    if len(found) > 1:
        dated += found.values()
    if not dated:
        return None
    return (
        min(dated),
        "A spreadsheet has made a date of the id, such as 12-Mar of 3-12.",
        "Format the column as text, enter the ids again, and save the table again.",
    )


def _rounded(cells: Sequence[tuple[int, str]]) -> tuple[int, str, str] | None:
    """All ids longer than a number may be end in zeros: what told them apart is gone."""
    long = {cell: (line, match) for line, cell in cells if (match := ROUNDED.fullmatch(cell))}
    rests = [match["rest"] for _, match in long.values()]
    if sum(map(len, rests)) < LEAST_ZEROS or any(rest.strip("0") for rest in rests):
        return None
    return (
        min(line for line, _ in long.values()),
        f"A spreadsheet keeps {DIGITS} digits of a number, and every longer id ends in zeros.",
        "Format the column as text, enter the ids again, and save the table again.",
    )
