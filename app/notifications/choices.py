"""What a person chooses to be told of."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.announcing import TOPICS
from app.audiences import nobody
from app.db.notifications import NotificationChoice
from app.db.people import User
from app.db.upsert import insert_into
from app.texts import _


@dataclass(frozen=True)
class Choice:
    """A topic that a person can be told of, and whether they are.

    Attributes:
        topic: of `app.announcing.TOPICS`.
        title: in words, in the current language.
        in_app: whether they are notified in the app.
    """

    topic: str
    title: str
    in_app: bool


def choices(session: Session, user: User) -> list[Choice]:
    """Return what a person of this role can be told of, with what they have chosen."""
    mine = select(NotificationChoice).where(NotificationChoice.user_id == user.id)
    chosen = {each.topic: each for each in session.scalars(mine)}
    return [
        Choice(topic, _(TOPICS[topic].title), chosen[topic].in_app if topic in chosen else True)
        for topic in offered(user.role)
    ]


def offered(role: str) -> list[str]:
    """Return the topics that people of a role can be told of."""
    return [name for name, each in TOPICS.items() if each.told is not nobody and role in each.roles]


def choose(session: Session, user: User, in_app: Collection[str]) -> None:
    """Keep what a person wants to be told of, and what not.

    Args:
        session: an open unit of work.
        user: who chooses.
        in_app: the topics that they are notified of; all others they are not.

    Raises:
        errors.Refused: nobody of this role is told of one of them.
    """
    known = offered(user.role)
    if not set(in_app) <= set(known):
        raise errors.Refused(
            _("One of these is nothing that you are told of."),
            "topics",
            _("Reload the page and choose again."),
        )
    for topic in known:
        row = insert_into(session.get_bind().dialect.name, NotificationChoice)
        values = {"in_app": topic in in_app}
        row = row.values(user_id=user.id, topic=topic, **values)
        key = [NotificationChoice.user_id, NotificationChoice.topic]
        session.execute(row.on_conflict_do_update(index_elements=key, set_=values))
