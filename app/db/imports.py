"""What an import keeps for the next one."""

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table


class ColumnMapping(Table):
    """Which column is which in tables with certain headers, as somebody has said at an import."""

    __tablename__ = "column_mapping"

    headers: Mapped[str] = mapped_column(primary_key=True)
    """A digest of the kind of table and its headers, which are kept nowhere else."""
    columns: Mapped[list[str]] = mapped_column(JSON)
    """As `app.imports.columns.entries_said` reads them."""
    at: Mapped[datetime] = mapped_column(default=stamp)
