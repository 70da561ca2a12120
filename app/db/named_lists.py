"""Tables of named lists: parts of the seed worklist with people and a day of their own."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, where


class NamedList(Table):
    """A part of the seed worklist that an admin has chosen, under a name of its own.

    Which of its reads are open is in the items; once it is ended they are like all others.
    """

    __tablename__ = "named_list"
    __table_args__ = (
        Index("uq_named_list_name_open", "name", unique=True, **where(text("ended_at IS NULL"))),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    """The admin's own words, which its readers see; never logged."""
    due: Mapped[str | None]
    """As `2026-12-04`; None where no day was set."""
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    ended_at: Mapped[datetime | None]


class NamedListReader(Table):
    """A named list is this person's. One that is nobody's who may log in is everybody's."""

    __tablename__ = "named_list_reader"

    named_list_id: Mapped[int] = mapped_column(ForeignKey("named_list.id"), primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
