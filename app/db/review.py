"""Tables of review beside the pseudo-labels themselves: batches of the grid, and blind reads."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table


class GridBatch(Table):
    """Many pseudo-labels one reader decided on together, and whether that was taken back."""

    __tablename__ = "grid_batch"
    __table_args__ = (
        UniqueConstraint("reader_id", "idempotency_key"),
        UniqueConstraint("reader_id", "undo_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    sweep_id: Mapped[int] = mapped_column(ForeignKey("sweep.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"))
    """The predicted class whose grid it was."""
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What was asked for, whether or not all of it could be done."""
    lost: Mapped[list[int]] = mapped_column(JSON)
    """Pseudo-labels that were in other hands by then, so nothing was done to them."""
    milliseconds: Mapped[int | None]
    """From the grid being drawn to the confirmation."""
    idempotency_key: Mapped[str]
    undo_key: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=stamp)


class GridRead(Table):
    """An annotation that came from a batch."""

    __tablename__ = "grid_read"

    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("grid_batch.id"), index=True)


class BlindRead(Table):
    """What a reader said of an image in review before seeing its pseudo-label.

    Append-only and one for each reader and pseudo-label: who has seen it cannot be blind again.
    The decision that follows is the pseudo-label's annotation.
    """

    __tablename__ = "blind_read"
    __table_args__ = (
        CheckConstraint("(class_id IS NULL) = unusable", "says_one_thing"),
        UniqueConstraint("pseudo_label_id", "reader_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pseudo_label_id: Mapped[int] = mapped_column(ForeignKey("pseudo_label.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("label_class.id"))
    unusable: Mapped[bool] = mapped_column(default=False)
    milliseconds: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(default=stamp)
