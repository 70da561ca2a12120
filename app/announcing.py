"""What programs elsewhere are told of what happens here, by webhooks: ids, and nothing else.

It lies beside the features, as the audit log does, so that every feature may call it. A delivery is
a row of the very transaction in which the thing happens: it is neither lost nor told of what was
rolled back. Workers send it (`app.webhooks.sending`).
"""

import json
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import moment
from app.db.webhooks import Delivery, Webhook
from app.texts import noop

RUN_ENDED = "run.ended"
LOT_RELEASED = "lot.released"
LOT_FAILED = "lot.failed"
MODEL_PROMOTED = "model.promoted"
MODEL_ROLLED_BACK = "model.rolled_back"
LABEL_CORRECTED = "label.corrected"
MONITOR_STOPPED = "monitor.stopped"
TOPICS = {
    RUN_ENDED: noop("A run ended"),
    LOT_RELEASED: noop("A lot was released"),
    LOT_FAILED: noop("A lot failed its audit"),
    MODEL_PROMOTED: noop("A model was promoted"),
    MODEL_ROLLED_BACK: noop("A promotion was taken back"),
    LABEL_CORRECTED: noop("A read was corrected, or a label overruled"),
    MONITOR_STOPPED: noop("The monitor stopped acceptance"),
}
"""Each in words."""
TRIAL = "webhook.trial"
"""What a webhook is sent to try it; none is told of it otherwise."""


def announce(session: Session, topic: str, **what: int | str | None) -> None:
    """Have every webhook that wants to know be told that something has happened.

    Args:
        session: the unit of work in which it happens.
        topic: one of `TOPICS`.
        what: ids, and words of our own such as a status; nothing of a patient, a report or a label.
    """
    found = select(Webhook.id, Webhook.topics).where(Webhook.removed_at.is_(None))
    for webhook_id, topics in session.execute(found).all():
        if topic in topics:
            announce_to(session, webhook_id, topic, **what)


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
