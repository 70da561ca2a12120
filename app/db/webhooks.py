"""Tables of webhooks: addresses that are told what happens, and each delivery to one of them."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of, where


class Webhook(Table):
    """An address that an admin has set up. Its row stays when it is removed: the log names it."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(JSON)
    """What it is told of, see `app.announcing`."""
    secret: Mapped[str]
    """By which deliveries are signed: as it is, since a signature is made of it; empty in a row
    that was removed."""
    former_secret: Mapped[str] = mapped_column(default="")
    """The one before, by which deliveries are signed as well for a while."""
    former_until: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether what happens waits for it."""
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    removed_at: Mapped[datetime | None]


class Delivery(Table):
    """One thing that one webhook is told.

    States::

        waiting -> delivered | failed
        delivered, failed -> waiting       when an admin sends it again

    Whoever tries it writes its name into `owner` and puts `due_at` off for as long as a try may
    take: should it die, the delivery is due again by then. What came of the try names the owner.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(one_of("status", "waiting", "delivered", "failed"), "status"),
        Index("ix_delivery_waiting", "webhook_id", "due_at", **where(text("status = 'waiting'"))),
        Index("ix_delivery_failed", "id", **where(text("status = 'failed'"))),
        Index("ix_delivery_ended", "ended_at", **where(text("ended_at IS NOT NULL"))),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """What the receiver knows it by, the same at each try: `webhook-id`."""
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    topic: Mapped[str]
    body: Mapped[str]
    """JSON, as it is sent: ids and nothing else of what happened."""
    status: Mapped[str] = mapped_column(default="waiting")
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    due_at: Mapped[datetime] = mapped_column(default=stamp)
    """When it is tried next, while it waits."""
    owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    answer_status: Mapped[int | None]
    """Of HTTP, at the last try; None where there was no answer."""
    answer: Mapped[str] = mapped_column(default="")
    """The first bytes of the body that was answered."""
    fault: Mapped[str] = mapped_column(default="")
    """Why there was no answer, see `app.webhooks.faults`."""
    ended_at: Mapped[datetime | None]
    """When it was delivered or failed."""
    webhook: Mapped[Webhook] = relationship(lazy="raise")
