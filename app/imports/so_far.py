"""The imports there were, and one of them with its films: what came, what stayed out and why."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient, QuarantinedFile
from app.db.learning import Run
from app.db.people import User
from app.db.removal import Removal
from app.runs.kinds import IMPORT

SHOWN = 50
"""Imports of the list, and films of a page."""


class Came(NamedTuple):
    """One import of the list.

    Attributes:
        run: its run.
        by: who asked for it; empty for a command.
        taken_back: whether it was taken back, or is about to be.
    """

    run: Run
    by: str
    taken_back: bool


def imports(session: Session) -> list[Came]:
    """Return the newest imports, newest first."""
    rows = session.execute(
        select(Run, func.coalesce(User.name, ""))
        .outerjoin(User, User.id == Run.requested_by)
        .where(Run.kind == IMPORT.name)
        .order_by(Run.id.desc())
        .limit(SHOWN)
    ).all()
    ids = [run.id for run, _ in rows]
    taken = select(Removal.number).where(Removal.what == "import", Removal.number.in_(ids))
    back = set(session.scalars(taken))
    return [Came(run, by, run.id in back) for run, by in rows]


def films(session: Session, run_id: int, after: int) -> Sequence[tuple[Image, str]]:
    """Return films of an import with their split, in order of number, `SHOWN` at most.

    Args:
        session: an open unit of work.
        run_id: the import.
        after: only films with a greater number.
    """
    mine = select(Image, Patient.split).join(Patient, Patient.id == Image.patient_id)
    mine = mine.where(Image.run_id == run_id, Image.id > after).order_by(Image.id).limit(SHOWN)
    return [(image, split) for image, split in session.execute(mine)]


def put_aside(session: Session, run_id: int) -> Sequence[QuarantinedFile]:
    """Return what an import left out and is still in the quarantine, `SHOWN` at most."""
    mine = select(QuarantinedFile).where(QuarantinedFile.run_id == run_id)
    return session.scalars(mine.order_by(QuarantinedFile.id).limit(SHOWN)).all()


def taken_back(session: Session, run_id: int) -> Removal | None:
    """Return the last removal of an import; None where it was never taken back."""
    mine = select(Removal).where(Removal.what == "import", Removal.number == run_id)
    return session.scalar(mine.order_by(Removal.id.desc()).limit(1))
