"""Running again what has ended: the same kind of run, with the same parameters."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.db.learning import Run
from app.runs.kinds import IMPORT, find
from app.settings import Settings
from app.texts import _


def why_not(session: Session, settings: Settings, run: Run) -> str:
    """Say why a run cannot be run again; empty where it can.

    Args:
        session: an open unit of work.
        settings: the workspace's.
        run: it has ended.
    """
    kind = find(run.kind)
    if kind is IMPORT:
        return _(
            "The uploaded files are deleted when their import ends: choose them again "
            "on the page Imports."
        )
    if not kind.starts_on:
        return _("Runs of this kind start automatically when there is something to do.")
    same = select(Run.id).where(Run.kind == run.kind, Run.finished_at.is_(None))
    if (active := session.scalar(same)) is not None:
        return _("Run {number} of this kind is active: wait until it ends.", number=active)
    try:
        kind.require(kind.parameters_of(run), settings)
    except errors.Refused as reason:
        return str(reason)
    return ""
