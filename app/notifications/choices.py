"""What a person chooses to be told of."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import errors
from app.announcing import TOPICS, offered
from app.audit import record
from app.db.changes import changed_one
from app.db.notifications import NotificationChoice
from app.db.people import User
from app.db.upsert import insert_into
from app.notifications.addresses import require_address
from app.texts import _


@dataclass(frozen=True)
class Choice:
    """A topic that a person can be told of, and whether they are.

    Attributes:
        topic: of `app.announcing.TOPICS`.
        title: in words, in the current language.
        in_app: whether they are notified in the app.
        by_mail: whether by mail, where they have an address.
    """

    topic: str
    title: str
    in_app: bool
    by_mail: bool


def choices(session: Session, user: User) -> list[Choice]:
    """Return what a person of this role can be told of, with what they have chosen."""
    mine = select(NotificationChoice).where(NotificationChoice.user_id == user.id)
    chosen = {each.topic: each for each in session.scalars(mine)}
    return [_choice(topic, chosen.get(topic)) for topic in offered(user.role)]


def choose(
    session: Session, user: User, in_app: Collection[str], by_mail: Collection[str] | None
) -> None:
    """Keep what a person wants to be told of, and what not.

    Args:
        session: an open unit of work.
        user: who chooses.
        in_app: the topics that they are notified of; all others they are not.
        by_mail: those that they are sent by mail; None leaves that as it is.

    Raises:
        errors.Refused: nobody of this role is told of one of them.
    """
    known = offered(user.role)
    if not {*in_app, *(by_mail or ())} <= set(known):
        raise errors.Refused(
            _("One of these is nothing that you are told of."),
            "topics",
            _("Reload the page and choose again."),
        )
    for topic in known:
        row = insert_into(session.get_bind().dialect.name, NotificationChoice)
        values = {"in_app": topic in in_app}
        if by_mail is not None:
            values["by_mail"] = topic in by_mail
        row = row.values(user_id=user.id, topic=topic, **values)
        key = [NotificationChoice.user_id, NotificationChoice.topic]
        session.execute(row.on_conflict_do_update(index_elements=key, set_=values))


def set_address(session: Session, user: User, address: str) -> None:
    """Keep the mail address of a person, or none for an empty text.

    Raises:
        errors.Refused: it is no mail address.
    """
    written = require_address(address)
    change = update(User).where(User.id == user.id, User.mail_address.is_distinct_from(written))
    if changed_one(session, change.values(mail_address=written)):
        record(session, user, "change mail address", f"person {user.id}")


def _choice(topic: str, chosen: NotificationChoice | None) -> Choice:
    declared = TOPICS[topic]
    by_mail = chosen.by_mail if chosen else None
    return Choice(
        topic,
        _(declared.title),
        in_app=chosen.in_app if chosen else True,
        by_mail=declared.by_mail if by_mail is None else by_mail,
    )
