"""Geometry of the monitor's figures: numbers in, SVG coordinates out; the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from app.evaluation.charts import Interval, Mark, Tick
from app.monitor.figures import MonthsFigures
from app.monitor.reads import Day

WIDTH, HEIGHT = 560.0, 180.0
"""Of a plot, in SVG units."""
NAMED_EVERY = 5
"""Days between two that are named."""
STEPS = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5)
MOST_TICKS = 5


@dataclass(frozen=True)
class Bar:
    """Films of a day: how high the bars of those that arrived and that were read begin."""

    x: float
    arrived: float
    read: float
    name: str


@dataclass(frozen=True)
class Bars:
    """Films day by day."""

    bars: list[Bar]
    width: float
    days: list[Tick]
    ticks: list[Tick]


@dataclass(frozen=True)
class Shares:
    """A share with its interval, month by month."""

    marks: list[Mark]
    months: list[Tick]
    ticks: list[Tick]
    line: float | None
    """How high a bound is drawn."""


def of_days(days: Sequence[Day]) -> Bars:
    """Lay out the films of each day."""
    step = WIDTH / len(days)
    most = max(max(day.arrived, day.read) for day in days)
    unit = _unit(most)
    top = unit * max(1, ceil(most / unit))
    bars = [
        Bar(
            place * step + step * 0.15,
            _up(day.arrived / top),
            _up(day.read / top),
            day.day,
        )
        for place, day in enumerate(days)
    ]
    named = range(len(days) - 1, -1, -NAMED_EVERY)
    return Bars(
        bars,
        step * 0.7,
        [Tick((place + 0.5) * step, days[place].day[5:]) for place in named],
        [Tick(_up(each * unit / top), f"{each * unit:,}") for each in range(round(top / unit) + 1)],
    )


def of_errors(months: Sequence[MonthsFigures], tolerated_error: float) -> Shares:
    """Lay out the error of what would have been accepted, with its exact limits, from 0 upward."""
    found = [
        (month.audit.wrong / month.audit.read, month.audit.at_least, month.audit.at_most)
        if month.audit.at_least is not None and month.audit.at_most is not None
        else None
        for month in months
    ]
    most = max((each[2] for each in found if each), default=0.0)
    return _shares(months, found, 0.0, max(most, 2 * tolerated_error), tolerated_error)


def of_agreement(months: Sequence[MonthsFigures]) -> Shares:
    """Lay out how often labeler and classifier agree, up to 1."""
    found = [
        (month.agreeing / month.compared, *month.agreement_ci) if month.agreement_ci else None
        for month in months
    ]
    least = min((each[1] for each in found if each), default=0.5)
    return _shares(months, found, min(0.9, floor(least * 10 + 1e-9) / 10), 1.0, None)


def _shares(
    months: Sequence[MonthsFigures],
    found: Sequence[Interval | None],
    bottom: float,
    top: float,
    bound: float | None,
) -> Shares:
    step = next((each for each in STEPS if (top - bottom) / each <= MOST_TICKS), STEPS[-1])
    top = bottom + step * ceil((top - bottom) / step - 1e-9)
    across = WIDTH / len(months)

    def up(value: float) -> float:
        return _up((value - bottom) / (top - bottom))

    steps = range(round((top - bottom) / step) + 1)
    return Shares(
        [
            Mark((place + 0.5) * across, up(each[0]), up(each[1]), up(each[2]))
            for place, each in enumerate(found)
            if each
        ],
        [Tick((place + 0.5) * across, month.month) for place, month in enumerate(months)],
        [Tick(up(bottom + each * step), f"{100 * (bottom + each * step):.0f} %") for each in steps],
        None if bound is None else up(bound),
    )


def _up(share: float) -> float:
    return (1 - share) * HEIGHT


def _unit(most: int) -> int:
    """Return the step of an axis of counts: 1, 2 or 5 times a power of ten."""
    unit = 1
    while most / unit > MOST_TICKS:
        unit = unit * 5 // 2 if str(unit)[0] == "2" else unit * 2
    return unit
