"""What is known of the PACS that films are fetched from: by the latest runs of each kind."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.db.learning import Run
from app.pulling import pulls
from app.runs.kinds import PULL, TRY_PACS
from app.runs.pull_parameters import PullParameters
from app.texts import _

LOOKED_THROUGH = 50
"""Newest pulls among which the latest count and the latest fetch are looked for."""


@dataclass(frozen=True)
class Standing:
    """A pull, and what became of how many.

    Attributes:
        run: of the kind `pull`.
        asked: what it was asked for.
        counts: by the keys of `tallies`, so far.
    """

    run: Run
    asked: PullParameters
    counts: Counter[str]


def latest_trial(session: Session) -> Run | None:
    """Return the newest trial of the PACS, None where there was none."""
    newest = select(Run).where(Run.kind == TRY_PACS.name).order_by(Run.id.desc()).limit(1)
    return session.scalars(newest).first()


def latest(session: Session, count_only: bool) -> Standing | None:
    """Return the newest pull that fetches, or that only counts; None where there was none."""
    newest = select(Run).where(Run.kind == PULL.name).order_by(Run.id.desc())
    for run in session.scalars(newest.limit(LOOKED_THROUGH)):
        asked = PULL.parameters_of(run)
        if asked.count_only == count_only:
            return Standing(run, asked, pulls.counts(session, run.id))
    return None


def counted(session: Session, run_id: int) -> PullParameters:
    """Return what a count was asked for, as a pull that fetches it is asked.

    Raises:
        errors.Conflict: no such count has succeeded.
    """
    run = session.get(Run, run_id)
    asked = PULL.parameters_of(run) if run is not None and run.kind == PULL.name else None
    if asked is None or run is None or run.status != "succeeded" or not asked.count_only:
        raise errors.Conflict(
            _("These studies have not been counted."), "", _("Count them, then fetch them.")
        )
    return asked.model_copy(update={"count_only": False})
