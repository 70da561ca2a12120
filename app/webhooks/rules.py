"""Webhooks: set up by admins, paused, tried, given another secret, removed."""

import base64
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import errors
from app.announcing import TOPICS, TRIAL, announce_to
from app.audit import record
from app.db import clock
from app.db.changes import changed_one
from app.db.people import User
from app.db.webhooks import Delivery, Webhook
from app.outgoing.address import PORTS, Network, parse
from app.texts import _
from app.webhooks import addresses, deliveries
from app.webhooks.faults import REMOVED
from app.workspace import locked_workspace

MOST = 20
"""Webhooks that there may be at a time."""
LONGEST = 500
"""Characters of an address."""
SECRET_BYTES = 32
BOTH = timedelta(hours=24)
"""For how long deliveries are signed by the former secret, too."""


def add(
    session: Session, address: str, topics: Collection[str], networks: Iterable[Network], by: User
) -> Webhook:
    """Set up a webhook; its secret is in the row and is shown this once.

    Args:
        session: an open unit of work.
        address: where to, as it was typed.
        topics: what it is told of, of `TOPICS`.
        networks: that an admin has listed.
        by: the admin.

    Raises:
        errors.Refused: the address cannot be used, or no topic is chosen.
        errors.Conflict: there are as many as there may be.
    """
    address = address.strip()
    server = addresses.read(address, networks)
    chosen = [topic for topic in TOPICS if topic in topics]
    if not chosen or not set(topics) <= TOPICS.keys():
        raise errors.Refused(
            _("A webhook needs something to be told of."),
            "topics",
            _("Choose one or more of {names}.", names=", ".join(TOPICS)),
        )
    locked_workspace(session)  # two at once cannot both be the last one allowed
    there = select(func.count()).select_from(Webhook).where(Webhook.removed_at.is_(None))
    if (session.scalar(there) or 0) >= MOST:
        raise errors.Conflict(
            _("There are as many webhooks as there may be."),
            "",
            _("Remove one that is no longer used."),
        )
    webhook = Webhook(address=address, topics=chosen, secret=new_secret())
    session.add(webhook)
    session.flush()
    record(session, by, "add webhook", _subject(webhook.id), server=str(server), topics=chosen)
    return webhook


def existing(session: Session) -> Sequence[Webhook]:
    """Return the webhooks that were not removed, in the order in which they were set up."""
    there = select(Webhook).where(Webhook.removed_at.is_(None))
    return session.scalars(there.order_by(Webhook.id)).all()


def renew_secret(session: Session, webhook_id: int, by: User) -> Webhook:
    """Give a webhook another secret; for `BOTH` its deliveries are signed by the former, too.

    Raises:
        errors.NotFound: there is no such webhook.
    """
    webhook = find(session, webhook_id)
    webhook.former_secret, webhook.secret = webhook.secret, new_secret()
    webhook.former_until = clock.moment(session) + BOTH
    record(session, by, "renew secret of webhook", _subject(webhook_id))
    return webhook


def pause(session: Session, webhook_id: int, on: bool, by: User) -> Webhook:
    """Let what happens wait for a webhook, or send what has waited.

    Raises:
        errors.NotFound: there is no such webhook.
    """
    webhook = find(session, webhook_id)
    if _change(session, webhook_id, Webhook.paused.is_(not on), paused=on):
        record(session, by, "pause webhook" if on else "resume webhook", _subject(webhook_id))
    session.refresh(webhook)
    return webhook


def remove(session: Session, webhook_id: int, by: User) -> None:
    """Remove a webhook: what waits for it is given up, and its secrets are forgotten.

    Raises:
        errors.NotFound: there is no such webhook.
    """
    find(session, webhook_id)
    gone = {"removed_at": clock.NOW, "secret": "", "former_secret": "", "former_until": None}
    if _change(session, webhook_id, Webhook.removed_at.is_(None), **gone):
        deliveries.fail_all(session, webhook_id, REMOVED)
        record(session, by, "remove webhook", _subject(webhook_id))


def try_out(session: Session, webhook_id: int, by: User) -> Delivery:
    """Send a webhook something that tells of nothing, to see whether it arrives.

    Raises:
        errors.NotFound: there is no such webhook.
        errors.Conflict: it is paused.
    """
    webhook = find(session, webhook_id)
    if webhook.paused:
        raise errors.Conflict(
            _("The webhook is paused."), _place(webhook_id), _("Resume it, then try it.")
        )
    delivery = announce_to(session, webhook_id, TRIAL)
    session.flush()
    record(session, by, "try webhook", _subject(webhook_id), delivery=delivery.id)
    return delivery


def find(session: Session, webhook_id: int) -> Webhook:
    """Return a webhook, locked, or raise `errors.NotFound`."""
    there = Webhook.id == webhook_id, Webhook.removed_at.is_(None)
    webhook = session.scalar(select(Webhook).where(*there).with_for_update())
    if webhook is None:
        raise errors.NotFound(
            _("There is no such webhook."), _place(webhook_id), _("Reload the list.")
        )
    return webhook


def new_secret() -> str:
    """Return a secret as Standard Webhooks writes one: 32 random bytes in base64 after `whsec_`."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def server_of(address: str) -> str:
    """Return the server of an address without the path, which receivers often make secret."""
    server = parse(address)
    usual = f":{PORTS[server.scheme]}"
    return str(server).removesuffix(usual)


def _subject(webhook_id: int) -> str:
    return f"webhook {webhook_id}"


def _place(webhook_id: int) -> str:
    return _("webhook {number}", number=webhook_id)


def _change(session: Session, webhook_id: int, condition: Any, **values: Any) -> bool:
    change = update(Webhook).where(Webhook.id == webhook_id, condition).values(**values)
    return changed_one(session, change)
