"""What people and programs elsewhere are told of what happens here: ids, and nothing else.

It lies beside the features, as the audit log does, so that every feature may call it. A
notification and a delivery of a webhook are rows of the very transaction in which the thing
happens: it is neither lost nor told of what was rolled back. Pages show notifications
(`app.notifications`); workers send deliveries (`app.webhooks.sending`).
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import exists, insert, literal, select
from sqlalchemy.orm import Session

from app.audiences import (
    Audience,
    What,
    admins,
    nobody,
    readers_of_the_list,
    those_named,
    who_asked_for_the_run,
)
from app.db.clock import moment
from app.db.notifications import Notification, NotificationChoice
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
    """

    title: str
    told: Audience
    roles: tuple[str, ...] = ("admin",)


EVERYBODY = ("reader", "admin")
TOPICS = {
    RUN_ENDED: Topic(noop("A run ended"), who_asked_for_the_run),
    LIST_FILLED: Topic(noop("Films were put on a list"), readers_of_the_list, EVERYBODY),
    LIST_ASSIGNED: Topic(noop("A list was assigned"), those_named, EVERYBODY),
    LOT_RELEASED: Topic(noop("A lot was released"), admins),
    LOT_FAILED: Topic(noop("A lot failed its audit"), admins),
    MODEL_PROMOTED: Topic(noop("A model was promoted"), admins),
    MODEL_ROLLED_BACK: Topic(noop("A promotion was taken back"), admins),
    LABEL_CORRECTED: Topic(noop("A read was corrected, or a label overruled"), nobody),
    MONITOR_STOPPED: Topic(noop("The monitor stopped acceptance"), admins),
}
"""All that is told, and whom. Webhooks can be told of each."""
TRIAL = "webhook.trial"
"""What a webhook is sent to try it; none is told of it otherwise."""


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
    """Add a notification for each person who is to be told and has not chosen otherwise.

    Nobody is told again what they were told and have not read yet: a list that fills film by film
    makes one notification.
    """
    data = json.dumps(what, separators=(",", ":"))
    choice, former = NotificationChoice, Notification
    unwanted = exists().where(
        choice.user_id == User.id, choice.topic == topic, choice.in_app.is_(False)
    )
    still_unread = exists().where(
        former.user_id == User.id,
        former.read_at.is_(None),
        former.topic == topic,
        former.data == data,
    )
    people = select(
        User.id, literal(topic), literal(data), literal(moment(session), UtcDateTime())
    ).where(
        User.active,
        User.role.in_(TOPICS[topic].roles),
        TOPICS[topic].told(what, named),
        ~unwanted,
        ~still_unread,
    )
    if by is not None:
        people = people.where(User.id != by)
    columns = ["user_id", "topic", "data", "created_at"]
    session.execute(insert(Notification).from_select(columns, people, include_defaults=False))
