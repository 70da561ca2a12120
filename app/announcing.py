"""What people and programs elsewhere are told of what happens here: ids, and nothing else.

It lies beside the features, as the audit log does, so that every feature may call it. A
notification and a delivery of a webhook are rows of the very transaction in which the thing
happens: it is neither lost nor told of what was rolled back. Pages show notifications
(`app.notifications`); workers send deliveries (`app.webhooks.sending`).
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, exists, func, insert, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.audiences import (
    Audience,
    What,
    admins,
    nobody,
    readers_of_the_list,
    those_named,
    who_asked_for_the_run,
)
from app.db import clock
from app.db.clock import moment
from app.db.notifications import Mail, Notification, NotificationChoice
from app.db.people import User
from app.db.tables import UtcDateTime
from app.db.webhooks import Delivery, Webhook
from app.texts import noop

RUN_ENDED = "run.ended"
LIST_FILLED = "list.filled"
LIST_ASSIGNED = "list.assigned"
LOT_RELEASED = "lot.released"
LOT_FAILED = "lot.failed"
MODEL_PROMOTED = "model.promoted"
MODEL_ROLLED_BACK = "model.rolled_back"
LABEL_CORRECTED = "label.corrected"
MONITOR_STOPPED = "monitor.stopped"


@dataclass(frozen=True)
class Topic:
    """A kind of thing that happens.

    Attributes:
        title: in words.
        told: which people are notified of it.
        roles: of those, the roles that may know.
        by_mail: whether whoever has a mail address and has not chosen is told by mail too.
    """

    title: str
    told: Audience
    roles: tuple[str, ...] = ("admin",)
    by_mail: bool = True


EVERYBODY = ("reader", "admin")
TOPICS = {
    RUN_ENDED: Topic(noop("A run ended"), who_asked_for_the_run),
    LIST_FILLED: Topic(noop("Films were put on a list"), readers_of_the_list, EVERYBODY),
    LIST_ASSIGNED: Topic(noop("A list was assigned"), those_named, EVERYBODY),
    LOT_RELEASED: Topic(noop("A lot was released"), admins, by_mail=False),
    LOT_FAILED: Topic(noop("A lot failed its audit"), admins),
    MODEL_PROMOTED: Topic(noop("A model was promoted"), admins, by_mail=False),
    MODEL_ROLLED_BACK: Topic(noop("A promotion was taken back"), admins, by_mail=False),
    LABEL_CORRECTED: Topic(noop("A read was corrected, or a label overruled"), nobody),
    MONITOR_STOPPED: Topic(noop("The monitor stopped acceptance"), admins),
}
"""All that is told, and whom. Webhooks can be told of each."""
TRIAL = "webhook.trial"
"""What a webhook is sent to try it; none is told of it otherwise."""

TRIAL_BY_MAIL = "mail.trial"
"""What a person is sent to try whether mails arrive."""
ONCE_IN_SECONDS = 86_400.0
"""In which nobody is sent the very same thing by mail twice; what failed did not arrive."""


def offered(role: str) -> list[str]:
    """Return the topics that people of a role can be told of."""
    return [name for name, each in TOPICS.items() if each.told is not nobody and role in each.roles]


def announce(
    session: Session,
    topic: str,
    *,
    by: int | None = None,
    named: Collection[int] = (),
    **what: int | str | None,
) -> None:
    """Have everybody who wants to know be told that something has happened.

    Args:
        session: the unit of work in which it happens.
        topic: one of `TOPICS`.
        by: the id of the person who did it, who is not notified of it; None for nobody.
        named: ids of the people whom it is about; no webhook is told them.
        what: ids, and words of our own such as a status; nothing of a patient, a report or a label.
    """
    found = select(Webhook.id, Webhook.topics).where(Webhook.removed_at.is_(None))
    for webhook_id, topics in session.execute(found).all():
        if topic in topics:
            announce_to(session, webhook_id, topic, **what)
    if TOPICS[topic].told is not nobody:
        _notify(session, topic, by, named, what)


def announce_to(
    session: Session, webhook_id: int, topic: str, **what: int | str | None
) -> Delivery:
    """Have one webhook be told of something, and return the delivery."""
    now = moment(session)
    said = {"type": topic, "timestamp": now.isoformat(timespec="milliseconds"), "data": what}
    delivery = Delivery(
        key=f"msg_{uuid4().hex}",
        webhook_id=webhook_id,
        topic=topic,
        body=json.dumps(said, separators=(",", ":")),
        created_at=now,
        due_at=now,
    )
    session.add(delivery)
    return delivery


def _notify(
    session: Session, topic: str, by: int | None, named: Collection[int], what: What
) -> None:
    """Add a notification, and a mail, for each who is to be told and has not chosen otherwise.

    Nobody is told again what they were told and have not read yet: a list that fills film by film
    makes one notification.
    """
    data = json.dumps(what, separators=(",", ":"))
    now = literal(moment(session), UtcDateTime())
    may_know = [User.active, User.role.in_(TOPICS[topic].roles), TOPICS[topic].told(what, named)]
    if by is not None:
        may_know.append(User.id != by)
    former, mail = Notification, Mail
    same = former.user_id == User.id, former.topic == topic, former.data == data
    still_unread = exists().where(*same, former.read_at.is_(None))
    told = select(User.id, literal(topic), literal(data), now)
    told = told.where(*may_know, _wants(topic, NotificationChoice.in_app, True), ~still_unread)
    columns = ["user_id", "topic", "data", "created_at"]
    session.execute(insert(former).from_select(columns, told, include_defaults=False))
    same = mail.user_id == User.id, mail.topic == topic, mail.data == data
    just_now = mail.status != "failed", mail.created_at > clock.after(-ONCE_IN_SECONDS)
    default = TOPICS[topic].by_mail
    mailed = select(User.id).where(
        *may_know,
        User.mail_address.is_not(None),
        _wants(topic, NotificationChoice.by_mail, default),
        ~exists().where(*same, *just_now),
    )
    for user_id in session.scalars(mailed).all():
        session.add(Mail(key=uuid4().hex, user_id=user_id, topic=topic, data=data))


def _wants(topic: str, how: InstrumentedAttribute[Any], unless_chosen: bool) -> ColumnElement[bool]:
    """Return the condition that a person wants to be told of a topic in one of two ways."""
    choice = NotificationChoice
    chosen = select(how).where(choice.user_id == User.id, choice.topic == topic)
    return func.coalesce(chosen.scalar_subquery(), literal(unless_chosen)).is_(True)
