"""Table of what a tracking server is told of runs."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of, where


class TrackedRun(Table):
    """A run that succeeded and is told to a tracking server, once.

    It holds nothing of the run: what is told is put together at each try. `waiting -> sent`; while
    the server does not take it, it waits. Whoever tries it writes its name into `owner`, as with a
    `Delivery`.
    """

    __tablename__ = "tracked_run"
    __table_args__ = (
        CheckConstraint(one_of("status", "waiting", "sent"), "status"),
        Index("ix_tracked_run_waiting", "due_at", **where(text("status = 'waiting'"))),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    """What the server knows it by, the same at each try."""
    status: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[datetime] = mapped_column(default=stamp)
    """When it is tried next, while it waits."""
    owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(default="")
    """Why the last try did not bring it there, in words; else empty."""
