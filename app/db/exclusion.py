"""Tables of exclusion: images that stay in the archive and count for nothing, until taken back."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of

REASONS = one_of("reason", "quality", "content", "duplicate", "other")


class Exclusion(Table):
    """An admin's word that an image is excluded, or no longer is. Append-only."""

    __tablename__ = "exclusion"
    __table_args__ = (CheckConstraint(f"reason IS NULL OR {REASONS}", "reason"), NUMBERED_ONCE)

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None]
    """None where the image was taken back."""
    note: Mapped[str] = mapped_column(default="", server_default="")
    """In the admin's own words. May name the patient: shown to admins only, never logged."""
    at: Mapped[datetime] = mapped_column(default=stamp)


class ExcludedImage(Table):
    """An image that is excluded now: `app.db.conditions.excluded` asks for this row."""

    __tablename__ = "excluded_image"
    __table_args__ = (CheckConstraint(REASONS, "reason"),)

    image_id: Mapped[int] = mapped_column(
        ForeignKey("image.id"), primary_key=True, autoincrement=False
    )
    reason: Mapped[str]
    duplicate_of: Mapped[int | None] = mapped_column(index=True)
    """The number of the image that was kept in its place; it may have been removed since."""
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """The reads it still waited for: put on their lists again when the image is taken back."""
