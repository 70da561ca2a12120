"""What a PACS makes of each filter: tried with one study, whose own values must find it and others
must not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.pulling.answers import Entry
from app.pulling.instances import Instance
from app.pulling.line import Line, Trouble
from app.pulling.searching import BODY_PART, DATE, DESCRIPTION, MODALITY, PAGE, STUDY_UID, search

Verdict = Literal["honoured", "ignored", "empty", "unknown"]
"""It finds what fits alone; everything, as if it were not there; nothing; or that could not be
tried."""
FILTERS = (DATE, MODALITY, BODY_PART, DESCRIPTION)
NOWHERE = {
    MODALITY: ("SMR", "OPT"),
    BODY_PART: ("JAW", "HEART"),
    DESCRIPTION: ("*condylenothing*",),
}
"""Values that a study which holds a film of a knee is not found by."""
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True)
class Abilities:
    """What a PACS can do for a pull.

    Attributes:
        filters: what it makes of each filter, by keyword.
        page: studies of an answer that may have been cut off: as many as are asked for, or as the
            PACS tells at most.
    """

    filters: Mapping[str, Verdict]
    page: int

    def honours(self, keyword: str) -> bool:
        """Whether a filter finds what fits, and nothing else."""
        return self.filters.get(keyword) == "honoured"


def days(first: date, last: date) -> str:
    """Return the range of dates from one day to another, both included (PS3.4 C.2.2.2.5.1)."""
    return f"{first:%Y%m%d}-{last:%Y%m%d}"


def day_of(entry: Entry) -> date | None:
    """Return the day of a study, None where none is told or it is none."""
    try:
        return date(int(entry.date[:4]), int(entry.date[4:6]), int(entry.date[6:8]))
    except ValueError:
        return None


def verdicts(
    line: Line, entry: Entry, instances: Sequence[Instance]
) -> Iterator[tuple[str, Verdict]]:
    """Try one filter after the other, by a study that is there.

    Args:
        line: to the PACS.
        entry: the study, as it was listed.
        instances: its objects.

    Raises:
        NotReached: as `Line.get`.
    """
    alone = _found(line, {STUDY_UID: entry.uid})
    for keyword in FILTERS:
        own, other = _values(keyword, entry, instances)
        if not own or alone != {entry.uid}:
            yield keyword, "unknown"
        else:
            yield keyword, _verdict(line, entry.uid, keyword, own, other)


def _verdict(line: Line, study: str, keyword: str, own: str, other: str) -> Verdict:
    if study not in _found(line, {STUDY_UID: study, keyword: own}):
        return "empty"
    return "ignored" if study in _found(line, {STUDY_UID: study, keyword: other}) else "honoured"


def _found(line: Line, filters: Mapping[str, str]) -> set[str]:
    """Return the studies that are found; a PACS that answers an error to a filter finds none."""
    try:
        return {entry.uid for entry in search(line, filters)}
    except Trouble:
        return set()


def _values(keyword: str, entry: Entry, instances: Sequence[Instance]) -> tuple[str, str]:
    """Return what a study is found by, "" where it has none, and what it is not found by."""
    day = day_of(entry)
    if keyword == DATE:
        later = day and days(day + timedelta(365), day + timedelta(730))
        return (days(day, day), later or "") if day else ("", "")
    if keyword == DESCRIPTION:
        words = (re.findall("[A-Za-z0-9]{2,}", each.description) for each in instances)
        longest = max((word for found in words for word in found), key=len, default="")
        return f"*{longest}*" if longest else "", NOWHERE[DESCRIPTION][0]
    named = {each.modality if keyword == MODALITY else each.body_part for each in instances}
    own = next((each for each in sorted(named) if re.fullmatch("[A-Z0-9]+", each)), "")
    other = next((each for each in NOWHERE[keyword] if each not in named), "")
    return own, other


def told_at_most(line: Line) -> tuple[int, int | None]:
    """Return how many studies a search for all tells, and at how many it ends by itself.

    A server may stop at a number of its own, and does not say so: then the answers to two halves
    of the time hold studies that the answer to the whole does not.

    Args:
        line: to a PACS that honours dates.

    Returns:
        Both; the second is None where no such limit shows.

    Raises:
        NotReached, Trouble: as `Line.get`.
    """
    whole = search(line, {})
    told = {entry.uid for entry in whole}
    known = sorted(day for entry in whole if (day := day_of(entry)))
    if len(whole) >= PAGE or not known:
        return len(whole), None
    middle = known[len(known) // 2]
    halves = (days(FIRST, middle - timedelta(1)), days(middle, LAST))
    apart = {entry.uid for half in halves for entry in search(line, {DATE: half})}
    return len(whole), len(whole) if apart - told else None
