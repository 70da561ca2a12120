"""The bars beside the films: how many there are of each value, and where a click leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.archive import exclusions
from app.archive.facets import BANDS, BLIND, FACETS, NONE, UNUSABLE, Wanted
from app.archive.rules import Counts
from app.labels.classes import Class
from app.names import named
from app.texts import _, noop

AT_ONCE = 8
"""Bars that are shown of a facet; more are folded."""
MONTHS = 24
"""More are shown as years."""
LAST = (UNUSABLE, NONE, BLIND)
LISTS = {
    "seed": noop("Seed set"),
    "validation": noop("Validation"),
    "audit": noop("Audit"),
    "adjudication": noop("Adjudication"),
}
TEXTS = {
    ("label", NONE): noop("no label"),
    ("label", UNUSABLE): noop("unusable film"),
    ("basis", NONE): noop("no label"),
    ("predicted", NONE): noop("no pseudo-label"),
    ("status", NONE): noop("no pseudo-label"),
    ("confidence", NONE): noop("no pseudo-label"),
    ("conflict", NONE): noop("no pseudo-label"),
    ("conflict", "yes"): noop("different classes"),
    ("conflict", "no"): noop("no conflict"),
    ("against", NONE): noop("not both there"),
    ("against", "agree"): noop("the same"),
    ("against", "differ"): noop("different"),
    ("waits", NONE): noop("on none"),
    ("excluded", NONE): noop("not excluded"),
    **{("excluded", reason): text for reason, text in exclusions.NAMES.items()},
}
ORDER = {
    "basis": ("single_read", "agreement", "adjudication", "overruled"),
    "status": (
        "accepted",
        "needs_review",
        "predicted",
        "approved",
        "corrected",
        "rejected",
        "excluded",
    ),
    "excluded": tuple(exclusions.NAMES),
    "against": ("differ", "agree"),
    "conflict": ("yes", "no"),
    "confidence": BANDS[::-1],
    "waits": tuple(LISTS),
    "split": ("development", "validation"),
}
"""Of values that have an order of their own; others go by their counts."""


@dataclass(frozen=True)
class Bar:
    """One value of a facet.

    Attributes:
        text: what it is called.
        count: how many images there are.
        chosen: whether it is asked for.
        address: where a click leads: to the same page with it, or without it.
    """

    text: str
    count: int
    chosen: bool
    address: str


@dataclass(frozen=True)
class Group:
    """The bars of one facet.

    Attributes:
        name: of the facet.
        title: looked up.
        bars: those that are shown.
        more: those that are folded.
        most: the largest count.
    """

    name: str
    title: str
    bars: list[Bar]
    more: list[Bar]
    most: int


def groups(wanted: Wanted, show: str, counts: Counts, names: Sequence[Class]) -> list[Group]:
    """Return the bars of each facet that tells images apart."""
    found = []
    for facet in FACETS:
        of_value = counts.facets[facet.name]
        if facet.name == "imported":
            of_value = _by_year(of_value, wanted.imported)
        values = sorted(of_value, key=_rank(facet.name, of_value, names))
        bars = [
            Bar(
                text_of(facet.name, value, names),
                of_value[value],
                value in wanted.chosen.get(facet.name, ()),
                address(wanted, show, facet.name, value),
            )
            for value in values
        ]
        if len(bars) > 1 or any(bar.chosen for bar in bars):
            shown = [bar for at, bar in enumerate(bars) if at < AT_ONCE or bar.chosen]
            folded = [bar for at, bar in enumerate(bars) if at >= AT_ONCE and not bar.chosen]
            most = max(of_value.values(), default=0)
            found.append(Group(facet.name, _(facet.title), shown, folded, most))
    return found


def chips(wanted: Wanted, show: str, names: Sequence[Class]) -> list[Bar]:
    """Return what is chosen, each with the address that leaves it out."""
    return [
        Bar(
            f"{_(facet.title)}: {text_of(facet.name, value, names)}",
            0,
            True,
            address(wanted, show, facet.name, value),
        )
        for facet in FACETS
        for value in wanted.chosen.get(facet.name, ())
    ]


def address(wanted: Wanted, show: str, name: str = "", value: str = "", **more: Any) -> str:
    """Return the address of the same search with a value of a facet put in, or taken out.

    Args:
        wanted: the search.
        show: films or table.
        name: of a facet; empty where nothing is changed.
        value: of the facet.
        more: what else is in the address.
    """
    chosen = dict(wanted.chosen)
    if name:
        own = chosen.get(name, ())
        chosen[name] = tuple(v for v in own if v != value) if value in own else (*own, value)
    asked = {"q": wanted.q, "sort": "" if wanted.sort == "newest" else wanted.sort}
    asked |= {"show": "" if show == "films" else show} | more
    given = {key: str(each) for key, each in asked.items() if each not in ("", None)}
    query = urlencode(given | chosen, doseq=True)
    return f"/archive?{query}" if query else "/archive"


def text_of(name: str, value: str, names: Sequence[Class]) -> str:
    """Return what a value of a facet is called."""
    if value == BLIND:
        return _("being read")
    if (name, value) in TEXTS:
        return _(TEXTS[name, value])
    if name in ("label", "predicted"):
        return next((one.name.replace("_", " ") for one in names if str(one.id) == value), value)
    if name == "confidence":
        low, _dash, high = value.partition("-")
        return _("{low} to {high} %", low=low, high=high)
    if name == "waits":
        return _(LISTS[value]) if value in LISTS else value
    return named(value) if name in ("basis", "status", "split") else value or _("unknown")


def _by_year(of_month: Mapping[str, int], chosen: Sequence[str]) -> dict[str, int]:
    """Return the months; where they are many, the years, and the months of those chosen."""
    if len(of_month) <= MONTHS:
        return dict(of_month)
    found: dict[str, int] = {}
    for month, number in of_month.items():
        year = month[:4]
        found[year] = found.get(year, 0) + number
        if year in chosen or month in chosen:
            found[month] = number
    return found


def _rank(
    name: str, of_value: Mapping[str, int], names: Sequence[Class]
) -> Callable[[str], tuple[Any, ...]]:
    order = [str(one.id) for one in names] if name in ("label", "predicted") else ORDER.get(name)

    def rank(value: str) -> tuple[Any, ...]:
        last = LAST.index(value) + 1 if value in LAST else 0
        if order is not None:
            return last, order.index(value) if value in order else len(order), value
        if name == "imported":
            return 0, tuple(-ord(letter) for letter in value)
        return last, -of_value[value], value

    return rank
