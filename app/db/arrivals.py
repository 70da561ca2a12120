"""Tables of what the DICOM receiver has taken: films on their way into an import, who sent, and
what the promoted models said of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, false, text
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
    arrived_at: Mapped[datetime] = mapped_column(default=stamp, index=True)
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


class ArrivalRead(Table):
    """What the classifier said of an image that was read on arrival, and why people see it.

    What the labeler said is the pseudo-label, which joined the latest sweep.
    """

    __tablename__ = "arrival_read"
    __table_args__ = (
        Index("ix_arrival_read_audited", "at", **where(text("drawn"))),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=stamp, index=True)
    pseudo_label_id: Mapped[int] = mapped_column(ForeignKey("pseudo_label.id"), unique=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    classifier_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"))
    """The classifier's most probable class."""
    probabilities: Mapped[list[Any]] = mapped_column(JSON)
    """The classifier's, in the order of the label classes' positions."""
    differs: Mapped[bool]
    """The classifier's class is not the labeler's."""
    unsure: Mapped[bool]
    """Its sweep's acceptance rule would not accept the confidence of its pseudo-label."""
    drawn: Mapped[bool]
    """Drawn for the audit of what arrives."""
