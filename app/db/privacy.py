"""Tables of what must not get out: names as hashes, and films that wait for a person's look."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table, one_of


class KnownName(Table):
    """A name or number that the films of a study hold, as a keyed hash: it is masked in reports."""

    __tablename__ = "known_name"

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    """See `app.imaging.known_names`."""


class HeldFilm(Table):
    """A film that may show who it is of: nobody reads it until an admin has looked at it.

    It is no image yet, so it is in no worklist, count or export.

    States: `held -> released | left_out`. What is released becomes an image; the files of what is
    left out stay in the store, named by nothing.
    """

    __tablename__ = "held_film"
    __table_args__ = (CheckConstraint(one_of("state", "held", "released", "left_out"), "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    source_digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the file as it came; importing it again changes nothing."""
    state: Mapped[str] = mapped_column(default="held", index=True)
    reasons: Mapped[list[str]] = mapped_column(JSON)
    """Of `burned_in`, `secondary_capture` and `text`."""
    places: Mapped[list[list[float]]] = mapped_column(JSON, default=list)
    """Where text was found: left, top, width and height as shares of the film. Not what it says."""
    arrivals: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """What is registered when it is released, as `app.imports.held` writes it: the film, or each
    knee of a film of both; None afterwards."""
    held_at: Mapped[datetime] = mapped_column(default=stamp)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
