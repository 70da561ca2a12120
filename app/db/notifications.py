"""Tables of notifications: what each person is told of, and what each wants to be told."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, where


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
