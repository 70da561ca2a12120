"""Tables of removal: what was taken out of the archive, why, and what must not come back."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table, one_of, where

UNFINISHED = text("status = 'asked'")


class Removal(Table):
    """Somebody's word that something goes: an import, a patient, a study or single films.

    States: `asked -> removed` once the rows are gone. Files follow, see `DoomedFile`. It holds
    numbers only: nothing in it leads to a person.
    """

    __tablename__ = "removal"
    __table_args__ = (
        CheckConstraint(one_of("what", "import", "patient", "study", "image"), "what"),
        CheckConstraint(one_of("reason", "consent", "mistake", "other"), "reason"),
        CheckConstraint(one_of("status", "asked", "removed"), "status"),
        Index(
            "uq_removal_unfinished",
            "what",
            "number",
            unique=True,
            **where(UNFINISHED),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str]
    number: Mapped[int]
    """Of the run, patient, study or image; of several films, of the first."""
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(default="asked")
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=stamp)
    images: Mapped[int] = mapped_column(default=0)
    """How many are gone."""
    reads: Mapped[int] = mapped_column(default=0)
    """Annotations of them."""
    kept: Mapped[int] = mapped_column(default=0)
    """Images of an import that somebody had begun to work on meanwhile, and that stay."""
    refused: Mapped[int] = mapped_column(default=0)
    """Decisions on them that arrived afterwards, and were not taken."""
    versions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What was trained on them: `version` and `films`, None where these were not recorded."""


class RemovedImage(Table):
    """The number of an image that was removed: whoever still has it open is told so."""

    __tablename__ = "removed_image"

    image_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    removal_id: Mapped[int] = mapped_column(ForeignKey("removal.id"), index=True)


class Withdrawn(Table):
    """What a later import leaves out, as a digest keyed by the installation's secret.

    It tells whether a film that comes is a withdrawn one, and nothing else to nobody.
    """

    __tablename__ = "withdrawn"

    digest: Mapped[str] = mapped_column(primary_key=True)
    """See `app.removal.withdrawn`."""
    removal_id: Mapped[int] = mapped_column(ForeignKey("removal.id"), index=True)


class DoomedFile(Table):
    """A stored file that was named by something removed; the row goes with the file.

    It stays while another row names the file, or a run that may still read it is under way.
    """

    __tablename__ = "doomed_file"

    digest: Mapped[str] = mapped_column(primary_key=True)
    removal_id: Mapped[int | None] = mapped_column(ForeignKey("removal.id"), index=True)
    """None where a held film was left out."""
    at: Mapped[datetime] = mapped_column(default=stamp)
