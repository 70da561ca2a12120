"""How large a table somebody hands over may be: reading it takes bounded time and room."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from app import errors

MOST_COLUMNS = 1_000
LONGEST_NAME = 200
LONGEST_CELL = 2**20
LONGEST_RECORD = 2**24
"""Characters of one line of the table, which may be many lines of the file."""
LARGEST_TABLE = 2**29
"""Bytes; a million reports are as long."""
CHECKED_EVERY = 1_000

csv.field_size_limit(LONGEST_CELL)


class BoundedLines:
    """The lines of a text for a CSV reader, which would take any number of them for one record.

    Args:
        text: the table.
        check: called every `CHECKED_EVERY` lines; what it raises ends the reading.
    """

    def __init__(self, text: str, check: Callable[[], None]) -> None:
        self._lines = io.StringIO(text, newline="")
        self._check = check
        self._taken = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the lines; raise csv.Error where a record takes too many characters."""
        for number, line in enumerate(self._lines):
            if number % CHECKED_EVERY == 0:
                self._check()
            self._taken += len(line)
            if self._taken > LONGEST_RECORD:
                raise csv.Error(f"it is longer than {LONGEST_RECORD:,} characters")
            yield line

    def begin_record(self) -> None:
        """Count anew: the reader has returned a record."""
        self._taken = 0


def require_small(path: Path) -> None:
    """Refuse a table that is too large to be read.

    Raises:
        errors.Refused: it has more than `LARGEST_TABLE` bytes.
        OSError: it cannot be looked at.
    """
    size = path.stat().st_size
    if size > LARGEST_TABLE:
        raise errors.Refused(
            f"The table has {size / 2**20:,.0f} MiB; {LARGEST_TABLE / 2**20:,.0f} are read.",
            path.name,
            "Import its films in several parts, each with a table of its own.",
        )


def too_wide(header: list[str]) -> tuple[str, int, str, str] | None:
    """Return what is wrong with a header of too many or too long names: what, line, column, do."""
    longest = max(map(len, header), default=0)
    if len(header) <= MOST_COLUMNS and longest <= LONGEST_NAME:
        return None
    return (
        f"The table has {len(header):,} columns, the longest name {longest:,} characters.",
        1,
        "",
        f"Keep {MOST_COLUMNS:,} columns at most, with names of {LONGEST_NAME} characters.",
    )
