"""The table of what films are called in the PACS they came from, sealed."""

from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables import Table


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
