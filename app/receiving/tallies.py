"""Who sent, how often, and what was refused: counted, so that no sender can fill the table."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.db.arrivals import SenderTally
from app.db.clock import moment
from app.db.tables import storable
from app.db.upsert import insert_into
from app.texts import noop

MOST = 500
"""Rows kept; the refusal that was met longest ago makes room, since anybody may invent titles."""
WORDS = {
    "stored": noop("Films stored"),
    "again": noop("Films that had arrived before"),
    "put_aside": noop("Films put aside"),
    "calling": noop("Refused: this sender is not on the list"),
    "address": noop("Refused: this sender may not send from this address"),
    "called": noop("Refused: sent to another AE title than ours"),
    "classes": noop("Refused: no radiographs were offered"),
    "associations": noop("Refused: too many connections at once"),
    "film_size": noop("Cut off: a film was larger than allowed"),
    "cut": noop("Broken off in the middle of a film: it has to be sent again"),
    "room": noop("Refused: no room for more films"),
    "no_dicom": noop("Refused: no readable DICOM file"),
    "encoding": noop("Refused: encoded in a way that no import reads"),
    "study": noop("Refused: of another study than the address says"),
    "unnamed": noop("Refused: a film without a valid SOP Instance UID"),
    "trouble": noop("Refused: the film could not be stored"),
}
"""Everything that is counted, in words."""
TAKEN = ("stored", "again", "put_aside")


@dataclass(frozen=True)
class Sender:
    """Who sends.

    Attributes:
        calling: its AE title.
        called: the title it sends to.
        address: the network address it sends from.
    """

    calling: str
    called: str
    address: str


def count(session: Session, sender: Sender, what: str) -> None:
    """Count one thing that a sender did.

    Args:
        session: an open unit of work.
        sender: who.
        what: a key of `WORDS`.
    """
    if what not in TAKEN:
        _make_room(session)
    row = {name: storable(value) for name, value in vars(sender).items()} | {"what": what}
    insertion = insert_into(session.get_bind().dialect.name, SenderTally)
    now = moment(session)
    session.execute(
        insertion.values(**row, count=1, last_at=now).on_conflict_do_update(
            index_elements=[*row], set_={"count": SenderTally.count + 1, "last_at": now}
        )
    )


def listed(session: Session) -> Sequence[SenderTally]:
    """Return what was counted, the latest first."""
    return session.scalars(
        select(SenderTally).order_by(SenderTally.last_at.desc(), SenderTally.id)
    ).all()


def forget(session: Session) -> None:
    """Begin to count anew."""
    session.execute(delete(SenderTally))


def _make_room(session: Session) -> None:
    if (session.scalar(select(func.count(SenderTally.id))) or 0) < MOST:
        return
    refused = select(SenderTally.id).where(SenderTally.what.not_in(TAKEN))
    oldest = session.scalars(refused.order_by(SenderTally.last_at, SenderTally.id).limit(1))
    session.execute(delete(SenderTally).where(SenderTally.id.in_(oldest.all())))
