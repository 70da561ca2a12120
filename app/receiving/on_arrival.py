"""Reading on arrival: when a run starts, what it is to read, and what is missing to it."""

import secrets
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.acceptance.audits import DECIDED, WRONG
from app.audit import record
from app.db.archive import Workspace
from app.db.arrivals import ArrivalRead, ArrivedFilm
from app.db.engine import Database, read_only
from app.db.learning import PseudoLabel, Run, Sweep
from app.registry.rules import promoted
from app.runs import doorbell
from app.runs import rules as runs
from app.runs.kinds import IMPORT, READ_ARRIVALS
from app.runs.parameters import ReadArrivalsParameters
from app.settings import Settings
from app.statistics.proportions import clopper_pearson
from app.sweeps import latest_sweep
from app.texts import _
from app.workspace import locked_workspace


class Chosen(NamedTuple):
    """What an admin has said of reading on arrival."""

    on: bool
    audit_share: float


@dataclass(frozen=True)
class Found:
    """What was read on arrival, and what became of it.

    Attributes:
        read: images.
        reviews: those that came to review; they may have several reasons.
        conflicting: report and image point to different classes.
        differs: labeler and classifier do.
        unsure: the acceptance rule would not accept the confidence.
        held_back: they are unlike the calibration reads.
        drawn: those drawn for the audit.
        audited: of these, read by now.
        wrong: of these, other than the labeler said.
    """

    read: int = 0
    reviews: int = 0
    conflicting: int = 0
    differs: int = 0
    unsure: int = 0
    held_back: int = 0
    drawn: int = 0
    audited: int = 0
    wrong: int = 0

    @property
    def interval(self) -> tuple[float, float]:
        """The exact 95 % interval of the share that is wrong, of those that were audited."""
        return clopper_pearson(self.wrong, self.audited)


@dataclass(frozen=True)
class Standing:
    """Where reading on arrival stands, for the page and the API."""

    on: bool
    audit_share: float
    missing: list[str] = field(default_factory=list)
    last: Run | None = None


def chosen(session: Session) -> Chosen:
    """Return whether films are read as they arrive, and what share is audited."""
    row = session.execute(select(Workspace.read_arrivals, Workspace.audit_arrivals)).first()
    return Chosen(bool(row[0]), row[1]) if row else Chosen(False, 0.05)


def choose(session: Session, wanted: Chosen, user_id: int) -> None:
    """Say whether films are read as they arrive, and what share is audited."""
    before, workspace = chosen(session), locked_workspace(session)
    workspace.read_arrivals, workspace.audit_arrivals = wanted
    if before != wanted:
        told = {"before": before._asdict(), "after": wanted._asdict()}
        record(session, user_id, "set reading of arrivals", "arrivals", **told)


def missing(session: Session) -> list[str]:
    """Say what must be done before anything can be read on arrival; nothing where it can."""
    found = []
    labeler, sweep = promoted(session, "labeler"), latest_sweep(session)
    if labeler is None:
        found.append(_("No labeler is promoted: promote one on Models."))
    if promoted(session, "classifier") is None:
        found.append(_("No classifier is promoted: promote one on Models."))
    if sweep is None:
        found.append(_("No sweep has ended yet: start one on Runs. What arrives joins it."))
    elif labeler is not None and sweep.labeler_id != labeler.id:
        found.append(
            _(
                "The latest sweep was made by another labeler than the promoted one, number "
                "{number}: start a sweep with it on Runs.",
                number=labeler.id,
            )
        )
    return found


def standing(session: Session) -> Standing:
    """Return where reading on arrival stands."""
    on, share = chosen(session)
    return Standing(on, share, missing(session), _newest(session))


def found(session: Session) -> Found:
    """Count what was read on arrival into the latest sweep."""
    sweep = latest_sweep(session)
    # + 0: without statistics SQLite would go through all pseudo-labels.
    return Found() if sweep is None else count(session, PseudoLabel.sweep_id + 0 == sweep.id)


def count(session: Session, which: ColumnElement[bool]) -> Found:
    """Count what was read on arrival, by what became of it.

    Args:
        session: an open unit of work.
        which: a condition on `ArrivalRead` and its `PseudoLabel`.
    """
    reasons = (
        PseudoLabel.conflict,
        ArrivalRead.differs,
        ArrivalRead.unsure,
        PseudoLabel.unlike != "",
    )
    kinds = (
        or_(*reasons) & ~ArrivalRead.drawn,
        *reasons,
        ArrivalRead.drawn,
        ArrivalRead.drawn & PseudoLabel.status.in_(DECIDED),
        ArrivalRead.drawn & PseudoLabel.status.in_(WRONG),
    )
    row = session.execute(
        select(func.count(), *(func.count().filter(kind) for kind in kinds))
        .select_from(ArrivalRead)
        .join(PseudoLabel, PseudoLabel.id == ArrivalRead.pseudo_label_id + 0)  # as in `standing`
        .where(which)
    ).one()
    return Found(*map(int, row))


def go_on(database: Database, settings: Settings) -> Run | None:
    """Start a run where arrived films were imported since the last and an admin wants them read.

    After a run that did not succeed, the next starts with the next films that arrive, and reads
    what was left as well. Of several that look at the same time one starts it.
    """
    with read_only(database) as session:
        if _due(session) is None:
            return None
    with database.begin() as session:
        locked_workspace(session)
        due = _due(session)  # another may have been faster
        if due is None:
            return None
        run = runs.request(session, READ_ARRIVALS, due)
    doorbell.ring(run, settings)
    return run


def _due(session: Session) -> ReadArrivalsParameters | None:
    """Return what the next run is to read; None where nothing has arrived since the last."""
    on, share = chosen(session)
    if not on:
        return None
    newest = _newest_import(session)
    sweep = latest_sweep(session)
    tried = _newest(session)
    if newest is None or sweep is None or (tried is not None and tried.finished_at is None):
        return None
    if tried is not None:
        asked = READ_ARRIVALS.parameters_of(tried)
        if asked.sweep_id == sweep.id and (asked.last_import or 0) >= newest:
            return None
    first = _first_import(session, sweep)
    if first is None or first > newest or missing(session):
        return None
    return ReadArrivalsParameters(
        sweep_id=sweep.id,
        first_import=first,
        last_import=newest,
        audit_share=share,
        rng=secrets.randbelow(2**32),
    )


def _newest_import(session: Session) -> int | None:
    """Return the newest import of arrived films that has succeeded; imports follow each other."""
    arrived = select(ArrivedFilm.id).where(ArrivedFilm.run_id == Run.id).exists()
    mine = Run.kind == IMPORT.name, Run.status == "succeeded", arrived
    return session.scalar(select(Run.id).where(*mine).order_by(Run.id.desc()).limit(1))


def _first_import(session: Session, sweep: Sweep) -> int | None:
    """Return the first import whose films may not have been read into a sweep."""
    since = Run.kind == IMPORT.name, Run.finished_at >= sweep.created_at
    first = session.scalar(select(func.min(Run.id)).where(*since))
    read = select(Run).where(Run.kind == READ_ARRIVALS.name, Run.status == "succeeded")
    last = session.scalar(read.order_by(Run.id.desc()).limit(1))
    if first is None or last is None:
        return first
    asked = READ_ARRIVALS.parameters_of(last)
    done = (asked.last_import or 0) if asked.sweep_id == sweep.id else 0
    return max(first, done + 1)


def _newest(session: Session) -> Run | None:
    mine = select(Run).where(Run.kind == READ_ARRIVALS.name)
    return session.scalar(mine.order_by(Run.id.desc()).limit(1))
