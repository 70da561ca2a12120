"""All studies of a span of time, window by window, however short a PACS cuts its lists.

A list as long as one that may have been cut says nothing of what is behind it: its window is
halved, down to a minute. What is still cut then is said to be unsure.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.pulling.answers import Entry
from app.pulling.line import Trouble
from app.pulling.probing import Abilities
from app.pulling.searching import DATE
from app.pulling.wanted import Wanted
from app.pulling.windows import Window, years

MOST_TROUBLES = 20
"""Searches one after the other that come to nothing: from a year to a minute there are as many
halves."""
Ask = Callable[[Mapping[str, str]], list[Entry]]


@dataclass
class Leaf:
    """A window that was listed.

    Attributes:
        window: which one.
        whole: whether the PACS can have no more studies in it than it has listed.
        studies: the patient IDs that each study is listed under, by its UID.
        not_asked: studies that were listed and are not what was asked for.
    """

    window: Window
    whole: bool
    studies: dict[str, set[str]] = field(default_factory=dict)
    not_asked: int = 0


class Listing:
    """Asks for one window after the other.

    Args:
        ask: carries out a search, several times where it must.
        wanted: what is asked for.
        abilities: of the PACS.
    """

    def __init__(self, ask: Ask, wanted: Wanted, abilities: Abilities) -> None:
        self._ask, self._wanted, self._page = ask, wanted, abilities.page
        self._searches = wanted.searches(abilities)
        self._by_date = abilities.filters.get(DATE) not in ("ignored", "empty")
        self._troubles = 0

    def leaves(self, begin: datetime) -> Iterator[Leaf]:
        """List what there is from a minute on, in order of time.

        Raises:
            NotReached: the PACS is gone for longer than is waited for.
            Trouble: it answers no search any more.
        """
        spans = list(years(begin, self._wanted.until))
        if not self._by_date:
            if spans:
                yield self._leaf(Window(spans[0].begin, spans[-1].end), {})[0]
            return
        open_ones = spans[::-1]
        while open_ones:
            window = open_ones.pop()
            leaf, strays = self._leaf(window, window.filters())
            halves = None if leaf.whole or strays else window.halves()
            if halves is None:
                yield leaf
            else:
                open_ones += halves[::-1]

    def _leaf(self, window: Window, dates: Mapping[str, str]) -> tuple[Leaf, bool]:
        """List a window; return it, and whether the list held what the window does not explain."""
        leaf, strays = Leaf(window, True), False
        for search in self._searches:
            found = self._found({**dates, **search})
            leaf.whole = leaf.whole and found is not None and len(found) < self._page
            for entry in found or ():
                strays = strays or not window.shows(entry)
                if window.holds(entry) and self._wanted.may_hold(entry):
                    leaf.studies.setdefault(entry.uid, set()).add(entry.patient)
                else:
                    leaf.not_asked += 1
        return leaf, strays

    def _found(self, filters: Mapping[str, str]) -> list[Entry] | None:
        """Return what is listed, None where a shorter span may be answered."""
        try:
            found = self._ask(filters)
        except Trouble:
            self._troubles += 1
            if self._troubles > MOST_TROUBLES:
                raise
            return None
        self._troubles = 0
        return found
