"""Which events of the audit log a page of the activity shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import errors
from app.activity.words import (
    KINDS,
    actions_of,
    detail_in_words,
    in_words,
    page_of,
    value_in_words,
)
from app.audit import bases
from app.db.people import ApiToken, AuditEvent, User
from app.texts import _

PAGE = 100
STEP = 2_000
"""Events read at a time for a table."""
LATER = 2**31 - 1
"""Above every number of an event."""


@dataclass(frozen=True)
class Sought:
    """Which events are wanted: of a person, of a kind, of a day in UTC; None is all."""

    person: int | None = None
    kind: str | None = None
    day: date | None = None


@dataclass(frozen=True)
class Done:
    """What somebody did, as it is shown.

    Attributes:
        event_id: the event's number.
        at: when, UTC.
        who: the person's name; an empty string where a worker or a command line did it.
        via: what asked for it, see `app.audit.origins`.
        token: what the token is called by which a program asked, or an empty string.
        what: in words.
        subject: what it was done to.
        page: the address of its page, or an empty string.
        note: what changed and why, where the event says so.
    """

    event_id: int
    at: datetime
    who: str
    via: str
    token: str
    what: str
    subject: str
    page: str
    note: str


def sought(person: int, kind: str, day: str) -> Sought:
    """Return what an address asks for; 0 and empty texts are all.

    Raises:
        errors.Refused: there is no such kind, or the day is none.
    """
    if kind and kind not in KINDS:
        raise errors.Refused(
            _("There is no such kind of activity."), "kind", _("Choose one of the list.")
        )
    try:
        chosen = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise errors.Refused(
            _("This is not a day."), "day", _("Write it as year-month-day, such as 2026-01-31.")
        ) from error
    return Sought(person or None, kind or None, chosen)


def page(session: Session, wanted: Sought, before: int = LATER) -> Sequence[Done]:
    """Return the newest events before a number, the latest first: `PAGE` of them, or what is left.

    What was said of a film is not among it: an admin may still have to read the film blind.
    """
    rows = session.execute(_query(wanted, before).limit(PAGE))
    return [_done(*row) for row in rows]


def table(session: Session, wanted: Sought) -> Iterator[list[Any]]:
    """Return the rows of the same as a table, all of them, the latest first."""
    before = LATER
    while True:
        rows = session.execute(_query(wanted, before).limit(STEP)).all()
        for row in rows:
            done = _done(*row)
            moment = done.at.isoformat(timespec="seconds")
            said = [done.what, done.subject, done.note]
            yield [done.event_id, moment, done.who, done.via, *said, done.token]
        if len(rows) < STEP:
            return
        before = rows[-1][0]


def people(session: Session) -> Sequence[tuple[int, str]]:
    """Return everybody, number and name."""
    return [(each, name) for each, name in session.execute(select(User.id, User.name)).all()]


def retired(session: Session) -> int:
    """Return how many events are in archives, and no longer in the log."""
    base = bases.newest(session)
    return base.first_id - 1 if base else 0


def _query(wanted: Sought, before: int) -> Select[Any]:
    query = (
        select(
            AuditEvent.id,
            AuditEvent.at,
            AuditEvent.via,
            AuditEvent.action,
            AuditEvent.subject,
            AuditEvent.details,
            User.name,
            ApiToken.name.label("token"),
        )
        .outerjoin_from(AuditEvent, User)
        .outerjoin(ApiToken, ApiToken.reference == AuditEvent.log_in)
        .where(AuditEvent.id < before)
    )
    if wanted.person is not None:
        query = query.where(AuditEvent.user_id == wanted.person)
    if wanted.kind is not None:
        query = query.where(AuditEvent.action.in_(actions_of(wanted.kind)))
    if wanted.day is not None:
        begins = datetime.combine(wanted.day, time(), UTC)
        query = query.where(AuditEvent.at >= begins, AuditEvent.at < begins + timedelta(days=1))
    return query.order_by(AuditEvent.id.desc())


def _done(
    event_id: int,
    at: datetime,
    via: str,
    action: str,
    subject: str,
    details: dict[str, Any],
    name: str | None,
    token: str | None,
) -> Done:
    what, link = in_words(action), page_of(subject)
    return Done(event_id, at, name or "", via, token or "", what, subject, link, _note(details))


def _note(details: dict[str, Any]) -> str:
    """Return what changed, and why; nothing else of the details."""
    changed = ""
    if "before" in details and "after" in details:
        changed = _changed(details["before"], details["after"])
    reason = str(details.get("reason") or "").replace("_", " ")
    return "; ".join(part for part in (changed, reason) if part)


def _changed(before: Any, after: Any) -> str:
    """Return a change in words; of several values, those that did change."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return f"{value_in_words(before)} → {value_in_words(after)}"
    return "; ".join(
        f"{detail_in_words(name)}: {_changed(before.get(name), after.get(name))}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )
