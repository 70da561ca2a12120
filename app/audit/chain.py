"""The chain of the audit log: each event holds the digest of the one before.

Whoever changes, moves, adds or removes a row breaks it at that row, and whoever cuts rows off its
end does not reach the head: the number and the digest of the last row, which is kept in a table of
its own, and wherever `condyle audit head` was written down.

It begins with event 1, or where `app.audit.bases` says since older events were retired.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from app.audit import bases
from app.audit.bases import Base
from app.db.engine import Database, snapshot
from app.db.people import AuditEvent, AuditHead
from app.db.tables import UtcDateTime

NOTHING = "0" * 64
"""What the first event has for the digest of the one before."""
HASHED = (
    "id",
    "at",
    "user_id",
    "action",
    "subject",
    "details",
    "via",
    "address",
    "log_in",
    "previous",
)
"""The columns that a digest is of."""
STEP = 5_000
"""Rows read at a time."""
HEAD_ID = 1


class Head(NamedTuple):
    """The last event: its number, 0 where there is none, and its digest."""

    event_id: int
    digest: str


class Broken(NamedTuple):
    """Where a chain is broken first: the event's number, and what is wrong, in words."""

    event_id: int
    what: str


class Checked(NamedTuple):
    """What checking a chain came to: how many events hold, and where it is broken, if it is."""

    events: int
    head: Head
    broken: Broken | None


def digest_of(event: Mapping[str, Any] | RowMapping) -> str:
    """Return the digest of an event with the columns `HASHED`: SHA-256, in hexadecimal.

    It is of a JSON object in ASCII, its keys sorted, without spaces; the moment is in UTC with six
    decimals, `2026-01-01T08:00:00.000000+00:00`.
    """
    said = {name: event[name] for name in HASHED} | {"at": written(event["at"])}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def written(at: Any) -> str:
    """Return a moment as digests and exports have it."""
    stored = UtcDateTime().process_result_value(at, None)
    assert stored is not None
    return stored.isoformat(timespec="microseconds")


def head(session: Session) -> Head:
    """Return the head of the log."""
    row = session.execute(select(AuditHead.event_id, AuditHead.digest)).first()
    return Head(*row) if row else Head(0, NOTHING)


def check(database: Database, kept: Collection[Head] = ()) -> Checked:
    """Check the chain from the event it begins with to its head, some thousand rows at a time.

    Args:
        database: whose log; it may grow meanwhile, and its oldest events may be retired.
        kept: heads that were written down earlier, which must all be in the chain. Where the log
            begins after one of them, the event before its beginning must be among them, too.
    """
    walk = _Walk(kept)
    while True:
        with snapshot(database) as session:
            if found := walk.step(session):
                return found


def check_in(session: Session, kept: Collection[Head] = ()) -> Checked:
    """Do the same within one unit of work, of what it sees."""
    walk = _Walk(kept)
    while True:
        if found := walk.step(session):
            return found


def digests(kept: Collection[Head]) -> Mapping[int, set[str]]:
    """Return the digests that were written down of each event; more than one cannot be right."""
    found: dict[int, set[str]] = defaultdict(set)
    for each in kept:
        found[each.event_id].add(each.digest)
    return found


class _Walk:
    """A way along the chain: how far it has come, and what it has seen."""

    def __init__(self, kept: Collection[Head]) -> None:
        self._kept = digests(kept)
        self._last, self._events = Head(0, NOTHING), 0
        self._stated: list[Base | None] = []

    def step(self, session: Session) -> Checked | None:
        """Check some more events; return what it came to where that is the end of it."""
        base = bases.newest(session)
        if base and base.first_id > self._last.event_id + 1 and (what := self._begin(base)):
            return self._found(base.first_id, what)
        rows = list(_after(session, self._last.event_id))
        for row in rows:
            if what := wrong_with(row, self._last, self._kept.get(row["id"])):
                return self._found(self._last.event_id + 1, what)
            self._last, self._events = Head(row["id"], row["digest"]), self._events + 1
            if row["action"] == bases.RETIRE:
                self._stated.append(bases.stated(row["details"]))
        if rows:
            return None
        broken = wrong_at_the_end(self._last, head(session), self._kept)
        broken = broken or self._wrong_before(session, base)
        return Checked(self._events, self._last, broken)

    def _begin(self, base: Base) -> str:
        """Go on where the log begins; return what is wrong with that, if anything."""
        passed = range(self._last.event_id + 1, base.first_id)
        self._last = Head(base.first_id - 1, base.digest)
        written_down = self._kept.get(self._last.event_id)
        if written_down and written_down != {base.digest}:
            return "does not follow the event whose digest was written down"
        if not written_down and any(number in passed for number in self._kept):
            return "is where the log begins, which was not written down with the heads before it"
        return ""

    def _wrong_before(self, session: Session, base: Base | None) -> Broken | None:
        """Return what is wrong with how the log begins, where all events hold."""
        there = bases.all_of(session)
        if not bases.agree(there, self._stated):
            number = base.first_id if base else 1
            return Broken(number, "is where the log begins, but no event, or another, says so")
        left = select(AuditEvent.id).where(AuditEvent.id < (base.first_id if base else 1))
        back = session.scalar(left.order_by(AuditEvent.id).limit(1))
        return None if back is None else Broken(back, "was retired, and is there")

    def _found(self, event_id: int, what: str) -> Checked:
        return Checked(self._events, self._last, Broken(event_id, what))


def _after(session: Session, event_id: int) -> Iterator[RowMapping]:
    columns = [getattr(AuditEvent, name) for name in (*HASHED, "digest")]
    query = select(*columns).where(AuditEvent.id > event_id).order_by(AuditEvent.id).limit(STEP)
    yield from session.execute(query).mappings()


def wrong_with(row: Mapping[str, Any] | RowMapping, last: Head, kept: set[str] | None) -> str:
    """Return what is wrong with the event that comes after another, an empty string if nothing."""
    if row["id"] != last.event_id + 1:
        return f"is missing; the next one there is {row['id']}"
    if row["previous"] != last.digest:
        return "does not follow the one before it"
    if row["digest"] != digest_of(row):
        return "was changed"
    if kept and kept != {row["digest"]}:
        return "is not the one whose digest was written down"
    return ""


def wrong_at_the_end(last: Head, stored: Head, kept: Mapping[int, Any]) -> Broken | None:
    if stored.event_id > last.event_id:
        what = f"is missing, with all after it: the head names event {stored.event_id}"
        return Broken(last.event_id + 1, what)
    newest = max(kept, default=0)
    if newest > last.event_id:
        what = f"is missing, with all after it: event {newest} was written down once"
        return Broken(last.event_id + 1, what)
    if stored != last:
        return Broken(last.event_id, f"is not the head, which names event {stored.event_id}")
    return None
