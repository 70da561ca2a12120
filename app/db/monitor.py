"""The table of what the monitor of models in use has stopped."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table, where


class AcceptanceStop(Table):
    """That no lot is released any more, because audits say that the labeler is wrong too often.

    States: `standing -> lifted`, by an admin's word. One stands at most; what stopped it is kept.
    """

    __tablename__ = "acceptance_stop"
    __table_args__ = (
        Index("uq_acceptance_stop_standing", "standing", unique=True, **where(text("standing"))),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    labeler_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    since: Mapped[datetime]
    """The audited films that speak against it arrived from then on."""
    audited: Mapped[int]
    """Patients, one film of each."""
    wrong: Mapped[int]
    tolerated_error: Mapped[float]
    at_least: Mapped[float]
    """The lower limit of the error, which holds however often one looks."""
    at: Mapped[datetime] = mapped_column(default=stamp)
    standing: Mapped[bool] = mapped_column(default=True, server_default=true())
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="", server_default="")
    """Why it was lifted, in the admin's words."""
