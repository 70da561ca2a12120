"""Tables of what is fetched from a PACS: how far each pull is."""

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables import NUMBERED_ONCE, Table


class Pull(Table):
    """How far a run of the kind `pull` is. It goes window by window, in order of time."""

    __tablename__ = "pull"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    reached: Mapped[str | None]
    """The first minute that is not done, in the time of the PACS: `2024-03-01T00:00`."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    """What became of how many, up to there; see `app.pulling.tallies`."""


class PullStep(Table):
    """What became of one study, or one object, of the window that is under way."""

    __tablename__ = "pull_step"
    __table_args__ = (UniqueConstraint("run_id", "uid"), NUMBERED_ONCE)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("pull.run_id"))
    uid: Mapped[str]
    """A keyed hash of the study's or the object's UID."""
    what: Mapped[str]
    """See `app.pulling.tallies`."""
