"""The table of promotions: which version of a group took over from which."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table, one_of


class Promotion(Table):
    """A version of a group came into use; a roll-back of it returns to the one it replaced."""

    __tablename__ = "promotion"
    __table_args__ = (CheckConstraint(one_of("model_group", "labeler", "classifier"), "group"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    model_group: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), index=True)
    replaced_id: Mapped[int | None] = mapped_column(ForeignKey("model_version.id"))
    """None where no version of the group had been promoted."""
    at: Mapped[datetime] = mapped_column(default=stamp)
    reason: Mapped[str] = mapped_column(default="", server_default="")
    """Why, in the words of whoever promoted it; empty for those from before it was asked for."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None on the command line, and where it is not known."""
    undone_at: Mapped[datetime | None]
    """When it was rolled back; None while it was not."""
    undone_reason: Mapped[str] = mapped_column(default="", server_default="")
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
