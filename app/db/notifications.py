"""Tables of notifications: what each person is told of, and what each wants to be told."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of, where


class Notification(Table):
    """One thing that one person is told. What it says is made when it is shown."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_person", "user_id", "id"),
        Index("ix_notification_unread", "user_id", "id", **where(text("read_at IS NULL"))),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    topic: Mapped[str]
    """Of `app.announcing.TOPICS`."""
    data: Mapped[str]
    """JSON: ids, and words of our own, as webhooks are sent them."""
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    read_at: Mapped[datetime | None]


class NotificationChoice(Table):
    """What a person has chosen of a topic; without a row it is as `app.announcing` has it."""

    __tablename__ = "notification_choice"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    in_app: Mapped[bool]
    by_mail: Mapped[bool | None]
    """None: as the topic has it."""


class Mail(Table):
    """One thing that one person is told by mail.

    States::

        waiting -> sent | failed

    Whoever tries it writes its name into `owner` and puts `due_at` off for as long as a try may
    take, as with `app.db.webhooks.Delivery`.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint(one_of("status", "waiting", "sent", "failed"), "status"),
        Index("ix_mail_waiting", "due_at", **where(text("status = 'waiting'"))),
        Index("ix_mail_person", "user_id", "id"),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """By which a server can know it, the same at each try: of `Message-ID`."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    topic: Mapped[str]
    data: Mapped[str]
    status: Mapped[str] = mapped_column(default="waiting")
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    due_at: Mapped[datetime] = mapped_column(default=stamp)
    owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    answer_status: Mapped[int | None]
    """Of SMTP, where the server refused something at the last try."""
    answer: Mapped[str] = mapped_column(default="")
    fault: Mapped[str] = mapped_column(default="")
    """Why it was not sent, see `app.notifications.faults`."""
    ended_at: Mapped[datetime | None]
