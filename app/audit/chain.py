"""The chain of the audit log: each event holds the digest of the one before.

Whoever changes, moves, adds or removes a row breaks it at that row, and whoever cuts rows off its
end does not reach the head: the number and the digest of the last row, which is kept in a table of
its own, and wherever `condyle audit head` was written down.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

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
    """Check the chain from its first event to its head, some thousand rows at a time.

    Args:
        database: whose log; it may grow meanwhile.
        kept: heads that were written down earlier, which must all be in the chain.
    """
    found, must = Checked(0, Head(0, NOTHING), None), _digests(kept)
    while True:
        with snapshot(database) as session:
            found, ended = _step(session, found.head, must)
        if ended:
            return found


def check_in(session: Session, kept: Collection[Head] = ()) -> Checked:
    """Do the same within one unit of work, of what it sees."""
    must = _digests(kept)
    found, ended = _step(session, Head(0, NOTHING), must)
    while not ended:
        found, ended = _step(session, found.head, must)
    return found


def _digests(kept: Collection[Head]) -> Mapping[int, set[str]]:
    """Return the digests that were written down of each event; more than one cannot be right."""
    found: dict[int, set[str]] = defaultdict(set)
    for each in kept:
        found[each.event_id].add(each.digest)
    return found


def _step(session: Session, last: Head, kept: Mapping[int, set[str]]) -> tuple[Checked, bool]:
    """Check some more events; return what it came to, and whether that is the end of it."""
    rows = list(_after(session, last.event_id))
    for row in rows:
        if what := _wrong_with(row, last, kept.get(row["id"])):
            return Checked(last.event_id, last, Broken(last.event_id + 1, what)), True
        last = Head(row["id"], row["digest"])
    broken = None if rows else _wrong_at_the_end(last, head(session), kept)
    return Checked(last.event_id, last, broken), not rows


def _after(session: Session, event_id: int) -> Iterator[RowMapping]:
    columns = [getattr(AuditEvent, name) for name in (*HASHED, "digest")]
    query = select(*columns).where(AuditEvent.id > event_id).order_by(AuditEvent.id).limit(STEP)
    yield from session.execute(query).mappings()


def _wrong_with(row: RowMapping, last: Head, kept: set[str] | None) -> str:
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


def _wrong_at_the_end(last: Head, stored: Head, kept: Mapping[int, Any]) -> Broken | None:
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
