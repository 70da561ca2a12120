"""A person's own notifications: listed, read, and forgotten when they are old.

A role may change: whoever is no admin any more is shown nothing that only admins are told.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from app import errors
from app.announcing import offered
from app.db import clock
from app.db.changes import changed
from app.db.named_lists import NamedList
from app.db.notifications import Notification
from app.db.people import User
from app.notifications import words
from app.texts import _

SHOWN = 50
KEPT = timedelta(days=90)
"""For how long a notification is kept, read or not."""
KEPT_OF_A_PERSON = 500
"""The newest of each person's; older ones go, read or not."""
FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True)
class Told:
    """A notification as it is shown.

    Attributes:
        notification_id: its number.
        topic: of `app.announcing.TOPICS`.
        data: ids, and words of our own.
        sentence: what it says, in the current language.
        page: the address of what it is about.
        at: when it happened, UTC.
        read_at: when it was read, None while it is unread.
    """

    notification_id: int
    topic: str
    data: Mapping[str, Any]
    sentence: str
    page: str
    at: datetime
    read_at: datetime | None


def listed(
    session: Session,
    user: User,
    before: int | None = None,
    only_unread: bool = False,
    most: int = SHOWN,
) -> list[Told]:
    """Return a person's notifications, the newest first.

    Args:
        session: an open unit of work.
        user: whose.
        before: a notification's number; only earlier ones are returned.
        only_unread: leaves out those that were read.
        most: how many at most.
    """
    query = select(Notification).where(*_of(user))
    if before is not None:
        query = query.where(Notification.id < before)
    if only_unread:
        query = query.where(Notification.read_at.is_(None))
    rows = session.scalars(query.order_by(Notification.id.desc()).limit(most)).all()
    return _shown(session, rows)


def find(session: Session, user: User, notification_id: int) -> Told:
    """Return one of a person's notifications.

    Raises:
        errors.NotFound: there is none of this person.
    """
    mine = select(Notification).where(*_of(user), Notification.id == notification_id)
    row = session.scalars(mine).one_or_none()
    if row is None:
        raise errors.NotFound(
            _("There is no such notification."),
            _("notification {number}", number=notification_id),
            _("Old ones are removed. Reload the list."),
        )
    return _shown(session, [row])[0]


def read(session: Session, user: User, notification_id: int) -> Told:
    """Mark one of a person's notifications as read, and return it.

    Raises:
        errors.NotFound: there is none of this person.
    """
    _mark(session, user, Notification.id == notification_id)
    return find(session, user, notification_id)


def read_all(session: Session, user: User, up_to: int) -> int:
    """Mark a person's notifications as read, but for what came since; return how many were unread.

    Args:
        session: an open unit of work.
        user: whose.
        up_to: the number of the newest that the person was shown.
    """
    return _mark(session, user, Notification.id <= up_to)


def old(session: Session, now: datetime) -> Sequence[int]:
    """Return the numbers of what is older than `KEPT`, `FORGOTTEN_AT_ONCE` at most."""
    older = select(Notification.id).where(Notification.created_at < now - KEPT)
    return session.scalars(older.limit(FORGOTTEN_AT_ONCE)).all()


def who_has_too_many(session: Session) -> Sequence[int]:
    """Return the numbers of people who have more than are kept of a person; it counts them all."""
    of_each = select(Notification.user_id).group_by(Notification.user_id)
    return session.scalars(of_each.having(func.count() > KEPT_OF_A_PERSON)).all()


def beyond(session: Session, user_id: int) -> Sequence[int]:
    """Return the numbers of what is beyond what is kept of a person, some at a time."""
    theirs = select(Notification.id).where(Notification.user_id == user_id)
    oldest = theirs.order_by(Notification.id.desc()).offset(KEPT_OF_A_PERSON)
    return session.scalars(oldest.limit(FORGOTTEN_AT_ONCE)).all()


def remove(session: Session, notification_ids: Collection[int]) -> None:
    """Remove notifications, of whomever."""
    session.execute(delete(Notification).where(Notification.id.in_(notification_ids)))


def _of(user: User) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on what a person was told and may know in their present role."""
    return Notification.user_id == user.id, Notification.topic.in_(offered(user.role))


def _mark(session: Session, user: User, which: ColumnElement[bool]) -> int:
    unread = *_of(user), Notification.read_at.is_(None), which
    return changed(session, update(Notification).where(*unread).values(read_at=clock.NOW))


def _shown(session: Session, rows: Sequence[Notification]) -> list[Told]:
    data = [json.loads(row.data) for row in rows]
    numbers = {each["named_list"] for each in data if each.get("named_list")}
    standing = NamedList.id.in_(numbers), NamedList.ended_at.is_(None)
    names: dict[int, str] = {}
    if numbers:
        found = session.execute(select(NamedList.id, NamedList.name).where(*standing))
        names = dict(found.all())
    return [
        Told(
            notification_id=row.id,
            topic=row.topic,
            data=each,
            sentence=words.sentence(row.topic, each, names),
            page=words.page(row.topic, each),
            at=row.created_at,
            read_at=row.read_at,
        )
        for row, each in zip(rows, data, strict=True)
    ]
