"""Deliveries: which are due, who tries one, what came of it, and what is listed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session, joinedload

from app import errors
from app.audit import record
from app.db import clock
from app.db.changes import changed
from app.db.people import User
from app.db.webhooks import Delivery, Webhook
from app.outgoing import tries
from app.texts import _

TRY_SECONDS = 120
"""For how long a try is its owner's. It takes some ten seconds; a name may take longer to find."""
KEPT = timedelta(days=90)
"""For how long what was delivered or failed is listed."""
FORGOTTEN_AT_ONCE = 1000
SHOWN = 50


@dataclass(frozen=True)
class Claimed:
    """A delivery in somebody's hands.

    Attributes:
        delivery_id: its number.
        owner: who tries it.
        attempts: which try it is.
        key: what the receiver knows it by.
        body: JSON, as it is sent.
        address: where to.
        secrets: by which it is signed.
    """

    delivery_id: int
    owner: str
    attempts: int
    key: str
    body: str
    address: str
    secrets: list[str]


@dataclass(frozen=True)
class Outcome:
    """What came of a try.

    Attributes:
        status: of HTTP, None where there was no answer.
        answer: the first bytes of it, as text.
        fault: why there was none, of `app.webhooks.faults`.
        wait: seconds that the receiver asked to wait, 0 for none.
        lasting: whether another try would bring the same.
    """

    status: int | None = None
    answer: str = ""
    fault: str = ""
    wait: float = 0
    lasting: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken it."""
        return self.status is not None and 200 <= self.status < 300


def due(session: Session) -> Sequence[int]:
    """Return the webhooks for which something is due."""
    waits = exists().where(Delivery.webhook_id == Webhook.id, *tries.is_due(Delivery))
    return session.scalars(select(Webhook.id).where(_told(), waits).order_by(Webhook.id)).all()


def is_late(session: Session) -> bool:
    """Whether something has been due for `tries.LATE_SECONDS` while nobody tries anything there."""
    of_webhook = Delivery.webhook_id == Webhook.id
    late = exists().where(of_webhook, *tries.is_overdue(Delivery))
    tried = exists().where(of_webhook, *tries.is_held(Delivery))
    return session.scalar(select(Webhook.id).where(_told(), late, ~tried).limit(1)) is not None


def failed(session: Session) -> int:
    """Return how many deliveries have failed, of webhooks that are told."""
    lost = select(func.count()).join(Webhook).where(Delivery.status == "failed", _told())
    return session.scalar(lost.select_from(Delivery)) or 0


def claim(session: Session, webhook_id: int, owner: str) -> Claimed | None:
    """Take what is due for a webhook for the longest, for one try.

    Args:
        session: an open unit of work.
        webhook_id: which.
        owner: a name nobody else claims by.

    Returns:
        None where nothing is due, or the webhook is paused or removed.
    """
    webhook = session.get(Webhook, webhook_id)
    if webhook is None or webhook.paused or webhook.removed_at is not None:
        return None
    taken = tries.claim(Delivery, owner, TRY_SECONDS, Delivery.webhook_id == webhook_id)
    told = taken.returning(Delivery.id, Delivery.attempts, Delivery.key, Delivery.body)
    row = session.execute(told).first()
    if row is None:
        return None
    return Claimed(row[0], owner, *row[1:], webhook.address, _secrets(session, webhook))


def report(session: Session, claimed: Claimed, outcome: Outcome) -> bool:
    """Record what came of a try: it ends the delivery, or says when it is tried again.

    Returns:
        False where the delivery is no longer the owner's.
    """
    ended = "delivered" if outcome.delivered else "failed" if outcome.lasting else None
    values = {
        "answer_status": outcome.status,
        "answer": outcome.answer,
        "fault": outcome.fault,
        **tries.after(claimed.attempts, ended, last="failed", asked=outcome.wait),
    }
    return tries.let_go(session, Delivery, claimed.delivery_id, claimed.owner, values)


def send_again(session: Session, delivery_id: int, by: User) -> Delivery:
    """Have a delivery be tried anew, at once; its receiver knows it by the same id.

    Raises:
        errors.NotFound: there is none.
        errors.Conflict: it is being tried just now, or its webhook was removed.
    """
    delivery = session.get(Delivery, delivery_id, options=[joinedload(Delivery.webhook)])
    where = _("delivery {number}", number=delivery_id)
    if delivery is None:
        raise errors.NotFound(_("There is no such delivery."), where, _("Reload the list."))
    if delivery.webhook.removed_at is not None:
        raise errors.Conflict(
            _("The webhook was removed."), where, _("Set it up again; it is told of what follows.")
        )
    free = and_(Delivery.id == delivery_id, Delivery.owner.is_(None))
    if not _change(session, free, **tries.ANEW):
        raise errors.Conflict(
            _("It is being sent at this moment."), where, _("Reload the list in a moment.")
        )
    record(session, by, "send again", f"delivery {delivery_id}", webhook=delivery.webhook_id)
    session.refresh(delivery)
    return delivery


def listed(
    session: Session, before: int | None = None, only_failed: bool = False, most: int = SHOWN
) -> Sequence[Delivery]:
    """Return deliveries, each with its webhook, the newest first.

    Args:
        session: an open unit of work.
        before: a delivery's number; only earlier ones are returned.
        only_failed: leaves all others out.
        most: how many at most.
    """
    query = select(Delivery).options(joinedload(Delivery.webhook))
    if before is not None:
        query = query.where(Delivery.id < before)
    if only_failed:
        query = query.where(Delivery.status == "failed")
    return session.scalars(query.order_by(Delivery.id.desc()).limit(most)).all()


def ids_of(delivery: Delivery) -> str:
    """Return what a delivery names, as in `run 17, kind sweep, status failed`."""
    named = json.loads(delivery.body)["data"].items()
    return ", ".join(f"{name} {value}" for name, value in named if value is not None)


def fail_all(session: Session, webhook_id: int, fault: str) -> None:
    """Give up whatever still waits for a webhook."""
    waiting = and_(Delivery.webhook_id == webhook_id, Delivery.status == "waiting")
    _change(session, waiting, status="failed", fault=fault, owner=None, ended_at=clock.NOW)


def has_old(session: Session, now: datetime) -> bool:
    """Whether a delivery ended `KEPT` ago."""
    return session.scalar(_old(now).limit(1)) is not None


def forget_old(session: Session, now: datetime) -> None:
    """Remove the deliveries that ended `KEPT` ago, `FORGOTTEN_AT_ONCE` at most."""
    some = session.scalars(_old(now).limit(FORGOTTEN_AT_ONCE)).all()
    session.execute(delete(Delivery).where(Delivery.id.in_(some)))


def _old(now: datetime) -> Select[int]:
    return select(Delivery.id).where(Delivery.ended_at < now - KEPT)


def _told() -> ColumnElement[bool]:
    return and_(Webhook.paused.is_(False), Webhook.removed_at.is_(None))


def _secrets(session: Session, webhook: Webhook) -> list[str]:
    former = webhook.former_until is not None and webhook.former_until > clock.moment(session)
    return [webhook.secret, *([webhook.former_secret] if former else [])]


def _change(session: Session, condition: ColumnElement[bool], **values: Any) -> bool:
    return changed(session, update(Delivery).where(condition).values(**values)) > 0
