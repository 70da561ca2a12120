"""All figures of the monitor: from what the database holds, counted beside the page."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import LabelClass
from app.db.clock import moment
from app.db.learning import Sweep
from app.imaging.storage import Store
from app.monitor import audits, months, reads
from app.monitor.audits import Drawn, Evidence, MonthsAudit
from app.monitor.calibration import Calibration, calibrations
from app.monitor.months import Month
from app.monitor.reads import Day, Said
from app.monitor.shifts import FALSE_ALARMS, ClassShift, Model, Reference, references, shifts
from app.monitor.stopping import evidence
from app.registry.rules import promoted
from app.statistics.proportions import clopper_pearson
from app.sweeps import latest_sweep

TOLERATED_ERROR = 0.05
"""Where there is no sweep yet that says it."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is watched: the models that read what arrives, and what the latest sweep was like.

    Attributes:
        labeler: of the latest sweep; None where there is no sweep.
        classifier: the promoted one.
        tolerated_error: of the latest sweep.
        accepted: share of its films that its rule accepted; None where that is not known.
        unlike: share of them that was held back as unlike the calibration reads.
    """

    labeler: int | None
    classifier: int | None
    tolerated_error: float
    accepted: float | None
    unlike: float | None


@dataclass(frozen=True, kw_only=True)
class MonthsFigures:
    """One month of what was read on arrival.

    Attributes:
        month: 2026-11.
        whole: whether it is over.
        read: films.
        accepted: of these, those the acceptance rule would have accepted.
        unlike: those held back as unlike the calibration reads.
        compared: patients, of one film each, of which it is said how often both models agree.
        agreeing: of these, those on which labeler and classifier agree.
        agreement_ci: the exact 95 % interval of their share; None where nothing was read.
        audit: what the audit says of what would have been accepted.
        shift: the class that has shifted most; None where that cannot be told, and before the
            month is over.
        shifted: whether it has, beyond chance.
    """

    month: str
    whole: bool
    read: int
    accepted: int
    unlike: int
    compared: int
    agreeing: int
    agreement_ci: tuple[float, float] | None
    audit: MonthsAudit
    shift: ClassShift | None
    shifted: bool


@dataclass(frozen=True, kw_only=True)
class MonitorFigures:
    """What the monitor shows.

    Attributes:
        watched: what is watched.
        days: the last thirty.
        months: the last twelve that anything was read in, the present one last.
        evidence: what speaks most strongly against the labeler; None where nothing was audited.
        shifts: of the last whole month that could be compared.
        calibrations: of labeler and classifier on audited films.
    """

    watched: Watched
    days: list[Day]
    months: list[MonthsFigures]
    evidence: Evidence | None
    shifts: list[ClassShift]
    calibrations: list[Calibration]

    @property
    def shifted(self) -> MonthsFigures | None:
        """The last whole month, where scores have shifted in it."""
        whole = [each for each in self.months if each.whole]
        return whole[-1] if whole and whole[-1].shifted else None


def figures(session: Session, store: Store) -> MonitorFigures:
    """Count all of it.

    Args:
        session: a unit of work that only reads.
        store: where evaluations keep their predictions.
    """
    now, sweep = moment(session), latest_sweep(session)
    classifier = promoted(session, "classifier")
    watched = _watched(sweep, classifier.id if classifier else None)
    names = list(session.scalars(select(LabelClass.name).order_by(LabelClass.position)))
    known = references(session, store, sweep, watched.classifier, names)
    by = (watched.labeler or 0, watched.classifier or 0)
    looked_at = months.latest(now)
    drawn = audits.drawn(session, looked_at[0].begin)
    found: list[MonthsFigures] = []
    last: list[ClassShift] = []
    for month in looked_at:
        each, moved = _month(session, month, month.end <= now, drawn, watched, known, names, by)
        if each.read or found:
            found.append(each)
        last = moved or last
    return MonitorFigures(
        watched=watched,
        days=reads.days(session, now),
        months=found,
        evidence=evidence(session, sweep, drawn) if sweep else None,
        shifts=last,
        calibrations=calibrations(session, looked_at[0].begin, by, known),
    )


def _watched(sweep: Sweep | None, classifier_id: int | None) -> Watched:
    found = sweep.selection if sweep else {}
    films = found.get("accepted", 0) + found.get("needs_review", 0)
    return Watched(
        labeler=sweep.labeler_id if sweep else None,
        classifier=classifier_id,
        tolerated_error=sweep.tolerated_error if sweep else TOLERATED_ERROR,
        accepted=found["accepted"] / films if films else None,
        unlike=sum(found.get("unlike", {}).values()) / films if films else None,
    )


def _month(
    session: Session,
    month: Month,
    whole: bool,
    drawn: list[Drawn],
    watched: Watched,
    known: dict[Model, Reference],
    names: list[str],
    by: tuple[int, int],
) -> tuple[MonthsFigures, list[ClassShift]]:
    counts = reads.counts(session, month)
    said: list[Said] = reads.said(session, month, counts.patients) if counts.read else []
    agreeing = sum(not each.differs for each in said)
    moved = shifts(said, by, known, names) if whole else []
    most = min(moved, key=lambda each: (each.p, -each.distance), default=None)
    figures = MonthsFigures(
        month=month.name,
        whole=whole,
        read=counts.read,
        accepted=counts.accepted,
        unlike=counts.unlike,
        compared=len(said),
        agreeing=agreeing,
        agreement_ci=clopper_pearson(agreeing, len(said)) if said else None,
        audit=audits.of_month(drawn, month, watched.tolerated_error),
        shift=most,
        shifted=most is not None and most.p <= FALSE_ALARMS,
    )
    return figures, moved
