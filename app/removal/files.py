"""The stored files of what was removed: which may go now, and which are still named or read.

A file is named by what it holds, so another image may have the same: then it stays. A run that was
under way when the rows went may still read it, and one that takes films in may be about to name a
file that it has found in the store: then the file waits for its end.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Rendition
from app.db.clock import moment
from app.db.learning import PseudoLabel, Run
from app.db.privacy import HeldFilm
from app.db.removal import DoomedFile, Removal
from app.removal.rows import files_of_held
from app.runs.kinds import CROP, IMPORT, REMOVE, SWEEP

STEP = 5_000
"""Files removed between two looks at what is under way."""
PATIENCE = timedelta(minutes=10)
TAKE_IN = (IMPORT.name, CROP.name, SWEEP.name)
"""Kinds of run that store files before the rows that name them."""


def next_files(session: Session) -> Sequence[str]:
    """Return the next files that can go: nobody reads them, and nothing is about to name them."""
    if session.scalar(select(Run.id).where(_is_at_work(), Run.kind.in_(TAKE_IN)).limit(1)):
        return []
    earliest = session.scalar(
        select(func.min(Run.started_at)).where(_is_at_work(), Run.kind != REMOVE.name)
    )
    free = select(DoomedFile.digest).order_by(DoomedFile.digest).limit(STEP)
    if earliest is not None:
        free = free.where(DoomedFile.at < earliest)
    return session.scalars(free).all()


def unnamed(session: Session, digests: Sequence[str]) -> set[str]:
    """Return which of some files no row names."""
    named = {
        *session.scalars(select(Image.stored_digest).where(Image.stored_digest.in_(digests))),
        *session.scalars(select(Rendition.digest).where(Rendition.digest.in_(digests))),
        *session.scalars(
            select(PseudoLabel.attention_digest).where(PseudoLabel.attention_digest.in_(digests))
        ),
    }
    waiting = select(HeldFilm.arrivals).where(HeldFilm.state == "held")
    for arrivals in session.scalars(waiting):
        named |= files_of_held(arrivals)
    return set(digests) - named


def forget(session: Session, digests: Sequence[str]) -> None:
    """Take files off the list: they are gone, or another row names them."""
    gone = delete(DoomedFile).where(DoomedFile.digest.in_(digests))
    session.execute(gone.execution_options(synchronize_session=False))


def waits(session: Session) -> int:
    """Return how many files are still to go."""
    return session.scalar(select(func.count()).select_from(DoomedFile)) or 0


def waiting_by_removal(session: Session) -> dict[int | None, int]:
    """Return how many files of each removal are still to go."""
    counted = select(DoomedFile.removal_id, func.count()).group_by(DoomedFile.removal_id)
    return dict(session.execute(counted).all())


def is_due(session: Session) -> bool:
    """Whether a run is to be started that removes rows, or files that can go by now.

    Not while one is under way, nor soon after one that has failed or was cancelled.
    """
    of_kind = select(Run).where(Run.kind == REMOVE.name)
    last = session.scalar(of_kind.order_by(Run.id.desc()).limit(1))
    if last is not None and last.status != "succeeded":
        ended = last.finished_at
        if not ended or ended > moment(session) - PATIENCE:
            return False
    asked = session.scalar(select(Removal.id).where(Removal.status == "asked").limit(1))
    return asked is not None or bool(next_files(session))


def _is_at_work() -> ColumnElement[bool]:
    return and_(Run.started_at.is_not(None), Run.finished_at.is_(None))
