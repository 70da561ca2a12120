"""The ends of the tables that only grow: which rows are new, and the images they are of."""

from functools import cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    bindparam,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.db.among import is_in_array
from app.db.archive import Image
from app.db.arrivals import ArrivalRead
from app.db.exclusion import Exclusion
from app.db.reading import Annotation, Overrule, WorklistItem
from app.db.tables import written

TAIL = 1_000
"""Numbers before the last that are still looked for where they are missing: PostgreSQL's rows may
become visible out of order."""
FEW = 5_000
"""Images that are put right while a page waits."""
GROWING = (
    (Image.id, Image.id),
    (Annotation.id, Annotation.image_id),
    (WorklistItem.id, WorklistItem.image_id),
    (Overrule.id, Overrule.image_id),
    (Exclusion.id, Exclusion.image_id),
    (ArrivalRead.id, ArrivalRead.image_id),
)
"""The number of a row and its image, of each table."""


class Tails:
    """What is known of the end of each table."""

    def __init__(self) -> None:
        self._last = [0] * len(GROWING)
        self._missing: list[set[int]] = [set() for _ in GROWING]

    def begin(self, session: Session) -> None:
        """Take what is there for known."""
        lasts = [session.scalar(select(func.max(number))) or 0 for number, _image in GROWING]
        self._last = [max(last - TAIL, 0) for last in lasts]
        for place, (numbers, _images) in enumerate(self._new(session)):
            self._pass(place, numbers, lasts[place])

    def follow(self, session: Session) -> set[int]:
        """Return the images of the rows that are new; more than `FEW` where there are too many."""
        found = set()
        for place, (numbers, images) in enumerate(self._new(session)):
            if numbers:
                self._pass(place, numbers, max(self._last[place], *numbers))
            found |= images
        return found

    def _new(self, session: Session) -> list[tuple[set[int], set[int]]]:
        """Return the numbers and the images of the new rows of each table, in one round trip."""
        # SQLite has one writer at a time: nothing becomes visible out of order.
        is_late = session.get_bind().dialect.name != "sqlite"
        asked: dict[str, Any] = {f"last_{place}": last for place, last in enumerate(self._last)}
        if is_late:
            late = enumerate(self._missing)
            asked |= {f"missing_{place}": sorted(numbers) for place, numbers in late}
        found: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in GROWING]
        for place, number, image in session.connection().execute(_rows(is_late), asked):
            found[place][0].add(number)
            found[place][1].add(image)
        return found

    def _pass(self, place: int, numbers: set[int], last: int) -> None:
        """Go on to the last row; numbers left out on the way may still become visible."""
        begun = max(self._last[place], last - TAIL) + 1
        left_out = self._missing[place] | set(range(begun, last + 1))
        self._missing[place] = {each for each in left_out - numbers if each > last - TAIL}
        self._last[place] = last


@cache
def _rows(with_late: bool) -> CompoundSelect[Any]:
    """Select place, number and image of the new rows of all tables, built once."""
    parts = []
    for place, (number, image) in enumerate(GROWING):
        named = written(place).label("place")
        rows: Select[*tuple[Any, ...]] = select(named, number.label("number"), image)
        new = rows.where(number > bindparam(f"last_{place}")).order_by(number)
        parts.append(new.limit(written(FEW + 1)))
        if with_late:
            parts.append(rows.where(is_in_array(number, f"missing_{place}")))
    return union_all(*(select(part.subquery()) for part in parts))
