"""Calendar months, by which the monitor counts: of UTC, as the database's clock has it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

SHOWN = 12
"""Months that are looked at, the present one included."""


class Month(NamedTuple):
    """A calendar month: its name, 2026-11, and its first moment and that of the next."""

    name: str
    begin: datetime
    end: datetime


def latest(now: datetime) -> list[Month]:
    """Return the last twelve months, the present one last."""
    return list(_back(now))[::-1]


def _back(now: datetime) -> Iterator[Month]:
    number = now.year * 12 + now.month - 1
    for each in range(number, number - SHOWN, -1):
        begin = _first_of(each)
        yield Month(f"{begin:%Y-%m}", begin, _first_of(each + 1))


def _first_of(number: int) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
