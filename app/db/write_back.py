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


class Outgoing:
    """What every table of objects on their way to the PACS has: where one stands.

    States::

        waiting -> sent | refused | given_up | outdated
        sent, refused, given_up -> waiting      when an admin sends it again
        refused, given_up -> outdated

    It is outdated when what it says does not hold any more by the time it could be sent. Whoever
    tries it writes its name into `owner`, as with a `Delivery`.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
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


STATES = one_of("status", "waiting", "sent", "refused", "given_up", "outdated")
WAITING = where(text("status = 'waiting'"))


class OutgoingReport(Outgoing, Table):
    """A structured report of one decision on an image, on its way to the PACS.

    It holds nothing of what was decided: the report is written from the decision at each try. It is
    outdated when the image has another label, or none.
    """

    __tablename__ = "outgoing_report"
    __table_args__ = (
        CheckConstraint(STATES, "status"),
        UniqueConstraint("image_id", "number"),
        UniqueConstraint("image_id", "decided_at"),
        Index("ix_outgoing_report_waiting", "due_at", **WAITING),
        Index("ix_outgoing_report_status", "status", "id"),
        NUMBERED_ONCE,
    )

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"))
    number: Mapped[int]
    """Which report on its image, from 1."""
    decided_at: Mapped[datetime]
    """`at` of the reference label that it reports."""


class OutgoingSelection(Outgoing, Table):
    """A Key Object Selection on its way to the PACS: the films of one study that a classifier got
    most confidently wrong, as an admin asked for them.

    It is outdated when one of its films has another label, or none, or was removed.
    """

    __tablename__ = "outgoing_selection"
    __table_args__ = (
        CheckConstraint(STATES, "status"),
        UniqueConstraint("evaluation_id", "digest"),
        Index("ix_outgoing_selection_waiting", "due_at", **WAITING),
        Index("ix_outgoing_selection_status", "status", "id"),
        NUMBERED_ONCE,
    )

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"))
    digest: Mapped[str]
    """SHA-256 of its films and their labels: the same errors are the same selection."""
    films: Mapped[int]
    """How many there were when it was asked for."""


class SelectedFilm(Table):
    """A film of an `OutgoingSelection`, and what the selection says of it."""

    __tablename__ = "selected_film"

    selection_id: Mapped[int] = mapped_column(ForeignKey("outgoing_selection.id"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), primary_key=True, index=True)
    position: Mapped[int]
    """Where it stands among them, the most confident error first, from 1."""
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"))
    """Its reference label, which has to be the same when it is sent."""
    label: Mapped[str]
    """What that was called then: what is said of a film is the same at each try."""
    said: Mapped[str]
    """The class that the classifier gave it."""
    confidence: Mapped[float]
