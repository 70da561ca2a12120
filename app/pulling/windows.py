"""Spans of time that a PACS is asked for, and their halves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.pulling.answers import Entry
from app.pulling.probing import day_of, days
from app.pulling.searching import DATE, TIME

YEAR = timedelta(365)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Window:
    """A span of whole days, or one within a day, in the time of the PACS.

    Attributes:
        begin: its first minute.
        end: the minute after its last.
    """

    begin: datetime
    end: datetime

    def filters(self) -> dict[str, str]:
        """Return how it is asked for."""
        if self._whole_days:
            return {DATE: days(self.begin.date(), self.end.date() - timedelta(1))}
        last = self.end - MINUTE
        return {
            DATE: f"{self.begin:%Y%m%d}",
            TIME: f"{self.begin:%H%M}00-{last:%H%M}59.999999",
        }

    def halves(self) -> "tuple[Window, Window] | None":
        """Return its two halves, None where it is a minute: days to days, a day to its hours."""
        length = self.end - self.begin
        if length <= MINUTE:
            return None
        unit = timedelta(1) if length > timedelta(1) else MINUTE
        middle = self.begin + (length // unit // 2) * unit
        return Window(self.begin, middle), Window(middle, self.end)

    def holds(self, entry: Entry) -> bool:
        """Whether a study that was listed lies in it."""
        day = day_of(entry)
        if day is None:
            return False
        if self._whole_days:
            return self.begin.date() <= day < self.end.date()
        at = _minute(entry)
        first = self.begin.hour * 60 + self.begin.minute
        inside = at is None or first <= at < first + (self.end - self.begin) // MINUTE
        return day == self.begin.date() and inside

    def shows(self, entry: Entry) -> bool:
        """Whether a study that was listed lies in it, and says so itself."""
        return self.holds(entry) and (self._whole_days or _minute(entry) is not None)

    @property
    def _whole_days(self) -> bool:
        return self.begin.time() == self.end.time() == time()


def years(begin: datetime, last: date) -> Iterator[Window]:
    """Return the spans, in order, from a minute to a day that is included; a year each at most."""
    end = datetime.combine(last, time()) + timedelta(1)
    midnight = datetime.combine(begin.date(), time())
    if begin != midnight and begin < end:
        midnight += timedelta(1)
        yield Window(begin, midnight)
    while midnight < end:
        following = min(midnight + YEAR, end)
        yield Window(midnight, following)
        midnight = following


def _minute(entry: Entry) -> int | None:
    """Return the minute of its day at which a study was made, None where it is not told."""
    hours, minutes = entry.time[:2], entry.time[2:4] or "0"
    known = hours.isdecimal() and minutes.isdecimal()
    return int(hours) * 60 + int(minutes) if known else None
