"""How numbers, shares, durations and moments are written: on pages, in reports and in texts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.texts import _

NOTHING = "–"
"""Stands where there is no value."""


def count(number: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{number:,}"


def decimal(value: float | None, digits: int = 3) -> str:
    """Return a number with so many decimals, its minus as long as a plus."""
    return NOTHING if value is None else _plain(value, digits)


def signed(value: float | None, digits: int = 3) -> str:
    """Return a difference with its sign."""
    return NOTHING if value is None else f"{value:+.{digits}f}".replace("-", "−")


def figure(value: float) -> str:
    """Return a number of a run's result: whole ones as counts, others with three decimals."""
    return count(int(value)) if float(value).is_integer() else _plain(value, 3)


def percent(share: float | None, digits: int = 0) -> str:
    """Return a share, 0 to 1, in per cent."""
    return NOTHING if share is None else f"{_plain(100 * share, digits)} %"


def interval(ci: tuple[float, float] | None, digits: int = 3) -> str:
    """Return the limits of an interval; empty where there is none."""
    if ci is None:
        return ""
    return _("{low} to {high}", low=_plain(ci[0], digits), high=_plain(ci[1], digits))


def percent_interval(share: float | None, ci: tuple[float, float] | None) -> str:
    """Return a proportion with its interval, both in per cent with one decimal."""
    if share is None or ci is None:
        return percent(share, 1)
    return f"{percent(share, 1)} ({interval((100 * ci[0], 100 * ci[1]), 1)})"


def p_value(p: float | None) -> str:
    """Return a p-value as journals print it."""
    if p is None:
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def duration(seconds: float) -> str:
    """Return a time span: seconds below a minute, minutes and seconds below an hour, else hours."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def moment(value: datetime | None) -> str:
    """Return a moment, UTC, to the minute; empty where there is none."""
    return value.strftime("%Y-%m-%d %H:%M UTC") if value else ""


def clock(value: datetime) -> str:
    """Write the time of a moment of today."""
    return f"{value:%H:%M:%S} UTC"


FILTERS: dict[str, Callable[..., Any]] = {
    write.__name__: write
    for write in (
        count,
        decimal,
        signed,
        figure,
        percent,
        interval,
        percent_interval,
        p_value,
        duration,
        moment,
        clock,
    )
}
"""Of templates, by the same names."""


def _plain(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")
