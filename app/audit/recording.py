"""The audit log: who did what to which thing, a row in the same transaction as what was done.

It lies beside the features, not in one of them, so that every feature may call it. Events are
gathered while the transaction lasts and written just before it is committed: they are one chain
(`app.audit.chain`), and whoever holds its head keeps all others from committing.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, event, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from app.audit import origins
from app.audit.chain import HEAD_ID, digest_of
from app.db.asking import ask
from app.db.clock import moment
from app.db.people import AuditEvent, AuditHead, User
from app.db.tables import storable

_EVENTS = insert(AuditEvent.__table__)  # type: ignore[arg-type]
_HEAD = select(AuditHead.event_id, AuditHead.digest).where(AuditHead.id == HEAD_ID)
_LOCKED_HEAD = _HEAD.with_for_update()
_MOVE_HEAD = (
    update(AuditHead)
    .where(AuditHead.id == HEAD_ID)
    .values(event_id=bindparam("last"), digest=bindparam("of_last"))
)
_GATHERED = "audit events"
Gathered = list[tuple[SessionTransaction | None, dict[str, Any]]]
"""Events that are not written yet, each with the savepoint it would be undone with."""


class Event(NamedTuple):
    """One event of the audit log: what was done.

    Attributes:
        action: a verb phrase, `change role`.
        subject: the thing by its number, `person 3`; never patient data, never a typed secret.
        details: what else must be known later, JSON: `before`, `after` and `reason` where there
            are such, and what the action is about.
    """

    action: str
    subject: str
    details: dict[str, Any]


def record(
    session: Session, user: User | int | None, action: str, subject: str, **details: Any
) -> None:
    """Record one event; see `record_all` and `Event`."""
    record_all(session, user, [Event(action, subject, details)])


def record_all(session: Session, user: User | int | None, events: Sequence[Event]) -> None:
    """Record what one person did.

    Args:
        session: an open unit of work; the events are stored or lost with it.
        user: who did it, a row or its id; None where a command line or a worker did.
        events: in the order in which they happened.
    """
    if not events:
        return
    user_id = user.id if isinstance(user, User) else user
    shared = {"at": moment(session), "user_id": user_id}
    gathered: Gathered = session.info.setdefault(_GATHERED, [])
    savepoint = session.get_nested_transaction()
    gathered.extend((savepoint, shared | _as_stored(each)) for each in events)


def write_events(session: Session) -> None:
    """Append what was recorded to the chain: what committing does by itself, as its last step."""
    gathered: Gathered = session.info.pop(_GATHERED, [])
    if not gathered:
        return
    event_id, digest = ask(session, _LOCKED_HEAD, {}).one()
    origin = origins.present()
    asked = {
        "via": origin.via,
        "address": storable(origin.address),
        "log_in": origin.log_in,
    }
    rows = [row | asked for _savepoint, row in gathered]
    for number, row in enumerate(rows, event_id + 1):
        row |= {"id": number, "previous": digest}
        row["digest"] = digest = digest_of(row)
    session.execute(_EVENTS, rows)
    ask(session, _MOVE_HEAD, {"last": event_id + len(rows), "of_last": digest})


def _as_stored(each: Event) -> dict[str, Any]:
    """Return an event as the database will give it back, so that its digest is of that."""
    return {
        "action": storable(each.action),
        "subject": storable(each.subject),
        "details": json.loads(json.dumps(each.details)),
    }


@event.listens_for(Session, "before_commit")
def _append(session: Session) -> None:
    if not session.in_nested_transaction():
        write_events(session)


@event.listens_for(Session, "after_soft_rollback")
def _undo(session: Session, undone: SessionTransaction) -> None:
    """Forget what was recorded since a savepoint that was gone back to."""
    if _GATHERED in session.info:
        session.info[_GATHERED] = [
            (savepoint, row)
            for savepoint, row in session.info[_GATHERED]
            if not _is_within(savepoint, undone)
        ]


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """Forget what was recorded in a unit of work that was not committed."""
    if ended.parent is None:
        session.info.pop(_GATHERED, None)


def _is_within(savepoint: SessionTransaction | None, undone: SessionTransaction) -> bool:
    while savepoint is not None and savepoint is not undone:
        savepoint = savepoint.parent
    return savepoint is undone
