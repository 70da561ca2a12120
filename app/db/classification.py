"""The table of films that programs have sent to be classified."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of


class Classification(Table):
    """A film that somebody waits to have classified.

    States::

        waiting -> claimed -> answered | refused | failed

    The row leaves with the answer. One that nobody has answered by `expires_at` leaves when the
    next film comes. The film itself is never a row: it lies in the home folder until the answer.
    """

    __tablename__ = "classification"
    __table_args__ = (
        CheckConstraint(
            one_of("status", "waiting", "claimed", "answered", "refused", "failed"), "status"
        ),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    """Who waits."""
    file: Mapped[str] = mapped_column(unique=True)
    """The name, drawn at random, of the film in its folder."""
    laterality: Mapped[str]
    """`L`, `R`, `B` or empty: what was said beside the film, which counts before its header."""
    asked_at: Mapped[datetime] = mapped_column(default=stamp)
    expires_at: Mapped[datetime]
    """When whoever waits is told that it took too long."""
    status: Mapped[str] = mapped_column(default="waiting")
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of an answered one, as `app.classification.answers` has it."""
    reason: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """Of a refused or failed one: `what`, `where`, `do`."""
