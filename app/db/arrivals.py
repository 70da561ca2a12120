"""Tables of what the DICOM receiver has taken: films on their way into an import, and who sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, where


class ArrivedFilm(Table):
    """A film that a sender was told is stored.

    Where it stands follows from its import's run: it waits where there is none, or where that one
    failed or was cancelled; it is done where it succeeded. So no end of a run can be missed. A row
    outlives its file: by it the same film is known again.
    """

    __tablename__ = "arrived_film"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index("ix_arrived_film_kept", "id", **where(text("kept"))),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(index=True)
    """A keyed hash of the SOP Instance UID that the sender named."""
    digest: Mapped[str]
    """SHA-256 of its file, which is named by it."""
    size: Mapped[int]
    """Of the file, in bytes."""
    calling: Mapped[str]
    """AE title of the sender."""
    address: Mapped[str]
    arrived_at: Mapped[datetime] = mapped_column(default=stamp)
    put_aside: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Another film with its UID is here; an admin decides whether it is imported."""
    kept: Mapped[bool] = mapped_column(default=True)
    """Whether the file is still there."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    """The last import it went into."""


class SenderTally(Table):
    """How often one sender did one thing: sent a film, or was refused for one reason."""

    __tablename__ = "sender_tally"
    __table_args__ = (UniqueConstraint("calling", "called", "address", "what"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    calling: Mapped[str]
    called: Mapped[str]
    address: Mapped[str]
    what: Mapped[str]
    """See `app.receiving.tallies`."""
    count: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime] = mapped_column(default=stamp, index=True)
