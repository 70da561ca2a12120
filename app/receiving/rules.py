"""Films that arrive: taken once, put aside where another has their name, and where each stands."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.db.archive import Image, Workspace
from app.db.arrivals import ArrivedFilm
from app.db.clock import moment
from app.db.learning import Run
from app.db.privacy import HeldFilm
from app.db.tables import storable
from app.receiving.place import Place, Written
from app.receiving.tallies import Sender
from app.texts import _
from app.workspace import locked_workspace

Taken = Literal["stored", "again", "put_aside"]
SHOWN = 50
"""Rows of each list on the page."""


@dataclass(frozen=True)
class Arriving:
    """A film that a sender wants stored.

    Attributes:
        uid: a keyed hash of its SOP Instance UID.
        sender: who wants it.
        written: its file.
    """

    uid: str
    sender: Sender
    written: Written


class Standing(NamedTuple):
    """How many films there are of each kind, and the bytes of all of them."""

    waiting: int
    importing: int
    put_aside: int
    size: int


def take(session: Session, film: Arriving, place: Place) -> Taken:
    """Take a film; what is answered afterwards is true once the transaction is committed.

    Args:
        session: an open unit of work; the film has its name before it is committed.
        film: whose file is written.
        place: where it goes.

    Returns:
        `stored`; `again` where this very film is here; `put_aside` where another with its UID is.
    """
    digest = film.written.digest
    same = select(ArrivedFilm).where(ArrivedFilm.digest == digest).with_for_update()
    known = session.scalar(same)
    if known is not None and _is_here(session, known, place):
        return "again"
    others = select(ArrivedFilm).where(ArrivedFilm.uid == film.uid, ArrivedFilm.digest != digest)
    aside = any(_is_here(session, other, place) for other in session.scalars(others))
    if known is None:
        known = ArrivedFilm(uid=film.uid, digest=digest, size=film.written.size)
        session.add(known)
    known.calling, known.address = storable(film.sender.calling), film.sender.address
    known.arrived_at = moment(session)
    known.put_aside, known.kept, known.run_id = aside, True, None
    session.flush()
    place.adopt(film.written)
    return "put_aside" if aside else "stored"


def known_by(uid: str, key: bytes) -> str:
    """Return what a SOP Instance UID is known by: it may lead to a patient, so it is not kept.

    Args:
        uid: as a sender named it.
        key: the installation's.
    """
    return hmac.new(key, f"arrived film\0{uid}".encode(), hashlib.sha256).hexdigest()


def is_known(session: Session, uid: str, place: Place) -> bool:
    """Whether a film of a UID is on its way in, or in the archive.

    Args:
        session: an open unit of work.
        uid: as `known_by` returns it.
        place: where films wait.
    """
    same = session.scalars(select(ArrivedFilm).where(ArrivedFilm.uid == uid))
    return any(_is_here(session, film, place) for film in same)


def kept_bytes(session: Session) -> int:
    """Return the size of all received films on the disk."""
    return session.scalar(select(func.sum(ArrivedFilm.size)).where(ArrivedFilm.kept)) or 0


def kept_digests(session: Session) -> set[str]:
    """Return the digests of all received films on the disk."""
    return set(session.scalars(select(ArrivedFilm.digest).where(ArrivedFilm.kept)))


def waiting() -> Select[ArrivedFilm]:
    """Return the query for the films that no import has taken in and none is about to."""
    here = select(ArrivedFilm).outerjoin(Run, Run.id == ArrivedFilm.run_id)
    return here.where(_waits()).order_by(ArrivedFilm.id)


def imported() -> Select[ArrivedFilm]:
    """Return the query for the films whose import has succeeded and whose file is still there."""
    here = select(ArrivedFilm).join(Run, Run.id == ArrivedFilm.run_id)
    return here.where(ArrivedFilm.kept, Run.status == "succeeded").order_by(ArrivedFilm.id)


def put_aside(session: Session, before: int | None = None, limit: int = SHOWN) -> list[ArrivedFilm]:
    """Return films that were put aside, the newest first.

    Args:
        session: an open unit of work.
        before: only films with a smaller number; None: all of them.
        limit: how many at most.
    """
    mine = select(ArrivedFilm).where(ArrivedFilm.kept, ArrivedFilm.put_aside)
    if before is not None:
        mine = mine.where(ArrivedFilm.id < before)
    return list(session.scalars(mine.order_by(ArrivedFilm.id.desc()).limit(limit)))


def standing(session: Session) -> Standing:
    """Return how many films wait, are being imported and were put aside."""
    active = and_(_free(), Run.status.in_(("queued", "running")))

    def counted(which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(which)

    row = session.execute(
        select(
            counted(_waits()),
            counted(active),
            counted(~_free()),
            func.coalesce(func.sum(ArrivedFilm.size), 0),
        )
        .select_from(ArrivedFilm)
        .outerjoin(Run, Run.id == ArrivedFilm.run_id)
        .where(ArrivedFilm.kept)
    ).one()
    return Standing(*map(int, row))


def let_in(session: Session, film_id: int, user_id: int) -> None:
    """Let a film that was put aside wait for the next import, which compares it with the other.

    Raises:
        errors.NotFound: it is not put aside any more.
    """
    film = _aside(session, film_id)
    film.put_aside = False
    record(session, user_id, "let arrived film in", f"arrived film {film_id}")


def throw_away(session: Session, film_id: int, user_id: int, place: Place) -> None:
    """Remove a film that was put aside.

    Raises:
        errors.NotFound: it is not put aside any more.
    """
    film = _aside(session, film_id)
    session.delete(film)
    session.flush()
    record(session, user_id, "throw arrived film away", f"arrived film {film_id}")
    place.remove(film.digest)


def import_by_themselves(session: Session, on: bool, user_id: int) -> None:
    """Say whether films are imported as they arrive, or when an admin says so."""
    workspace = locked_workspace(session)
    before, workspace.import_arrivals = bool(workspace.import_arrivals), on
    if before != on:
        record(session, user_id, "set import of arrivals", "arrivals", before=before, after=on)


def imported_by_themselves(session: Session) -> bool:
    """Whether films are imported as they arrive."""
    return bool(session.scalar(select(Workspace.import_arrivals)))


def _aside(session: Session, film_id: int) -> ArrivedFilm:
    mine = select(ArrivedFilm).where(ArrivedFilm.id == film_id, ArrivedFilm.put_aside)
    film = session.scalar(mine.with_for_update())
    if film is None:
        raise errors.NotFound(
            _("This film is not put aside."), "", _("Reload the page Arrived films.")
        )
    return film


def _free() -> ColumnElement[bool]:
    return ArrivedFilm.put_aside.is_(False)


def _waits() -> ColumnElement[bool]:
    ended = Run.status.in_(("failed", "cancelled"))
    return and_(ArrivedFilm.kept, _free(), or_(ArrivedFilm.run_id.is_(None), ended))


def _is_here(session: Session, film: ArrivedFilm, place: Place) -> bool:
    """Whether a film is on its way in, or in the archive.

    One whose import left it out, or was taken back, is not: it may come again.
    """
    run = session.get(Run, film.run_id) if film.run_id else None
    if run is None or run.status != "succeeded":
        return film.kept and place.path(film.digest).is_file()
    in_archive = select(Image.id).where(Image.source_digest == film.digest).limit(1)
    held = select(HeldFilm.id).where(HeldFilm.source_digest == film.digest).limit(1)
    return session.scalar(in_archive) is not None or session.scalar(held) is not None
