"""Tables of what goes back to the PACS: what films are called there, and what it is sent."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of, where


class PacsReference(Table):
    """How a film, and whose it is, are named in the PACS: what a report on it has to state there.

    It is kept only where an admin has set a key for it, and can be read with that key alone. It
    points to no image: by the film's digest it is found, and goes with the film's last image.
    """

    __tablename__ = "pacs_reference"

    source_digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the film's file as it came."""
    key_name: Mapped[str]
    """Which key it is sealed with; says nothing of that key."""
    sealed: Mapped[str]
    """As `app.pacs.seal` writes it."""


class OutgoingReport(Table):
    """A structured report of one decision on an image, on its way to the PACS.

    It holds nothing of what was decided: the report is written from the decision at each try.

    States::

        waiting -> sent | refused | given_up | outdated
        sent, refused, given_up -> waiting      when an admin sends it again
        refused, given_up -> outdated

    It is outdated when the image has another label, or none, by the time it could be sent. Whoever
    tries it writes its name into `owner`, as with a `Delivery`.
    """

    __tablename__ = "outgoing_report"
    __table_args__ = (
        CheckConstraint(
            one_of("status", "waiting", "sent", "refused", "given_up", "outdated"), "status"
        ),
        UniqueConstraint("image_id", "number"),
        UniqueConstraint("image_id", "decided_at"),
        Index("ix_outgoing_report_waiting", "due_at", **where(text("status = 'waiting'"))),
        Index("ix_outgoing_report_status", "status", "id"),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"))
    number: Mapped[int]
    """Which report on its image, from 1."""
    decided_at: Mapped[datetime]
    """`at` of the reference label that it reports."""
    uid: Mapped[str | None] = mapped_column(unique=True)
    """Its SOP Instance UID, from the first try on: the same at each."""
    status: Mapped[str] = mapped_column(default="waiting")
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    due_at: Mapped[datetime] = mapped_column(default=stamp)
    """When it is tried next, while it waits."""
    owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    destination: Mapped[str] = mapped_column(default="")
    """Which PACS was tried last."""
    answer_status: Mapped[int | None]
    """Of the C-STORE at the last try, or the reason STOW-RS gave; None where there was none."""
    fault: Mapped[str] = mapped_column(default="")
    """Why there was none, see `app.outbox.answers`."""
    may_be_there: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a PACS has said it has it, or has not answered when it was sent."""
    ended_at: Mapped[datetime | None]
    """When it was sent, refused, given up or outdated."""
