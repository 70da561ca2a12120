"""What was read on arrival, day by day and month by month: counts, and what both models said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db.archive import Image
from app.db.arrivals import ArrivalRead, ArrivedFilm
from app.db.learning import PseudoLabel, Sweep
from app.monitor.audits import WOULD_BE_ACCEPTED, one_of_each
from app.monitor.months import Month

DAYS = 30
"""That are shown day by day."""
COMPARED = 2_000
"""Patients of a month, at most, whose films are compared: more would say no more."""
DAY = 10
"""Letters of a day, 2026-11-30."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """Films of one day: that arrived, and that were read."""

    day: str
    arrived: int
    read: int


class Counts(NamedTuple):
    """Films that were read on arrival in one month."""

    read: int
    accepted: int
    """Those the acceptance rule of their sweep would have accepted."""
    unlike: int
    """Those held back as unlike the calibration reads."""
    patients: int


@dataclass(frozen=True, kw_only=True)
class Said:
    """What both models said of one film of a patient.

    Attributes:
        labeler: probabilities, in the order of the label classes' positions.
        classifier: likewise.
        differs: whether they name different classes.
        by: the versions of labeler and classifier.
    """

    labeler: list[float]
    classifier: list[float]
    differs: bool
    by: tuple[int, int]


def days(session: Session, now: datetime) -> list[Day]:
    """Return the last thirty days, today last."""
    first = (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    arrived = _by_day(session, ArrivedFilm.arrived_at, first)
    read = _by_day(session, ArrivalRead.at, first)
    names = [f"{first + timedelta(days=each):%Y-%m-%d}" for each in range(DAYS)]
    return [Day(day=day, arrived=arrived.get(day, 0), read=read.get(day, 0)) for day in names]


def counts(session: Session, month: Month) -> Counts:
    """Count what was read in a month."""
    row = session.execute(
        select(
            func.count(),
            func.count().filter(WOULD_BE_ACCEPTED),
            func.count().filter(PseudoLabel.unlike != ""),
            func.count(distinct(Image.patient_id)),
        )
        .select_from(ArrivalRead)
        .join(PseudoLabel, PseudoLabel.id == ArrivalRead.pseudo_label_id)
        .join(Image, Image.id == ArrivalRead.image_id)
        .where(*_within(month))
    ).one()
    return Counts(*map(int, row))


def said(session: Session, month: Month, patients: int) -> list[Said]:
    """Return what was said of one film of each patient of a month.

    Where there are more than 2,000 patients, every second or third one's, and so on.

    Args:
        session: a unit of work that only reads.
        month: which.
        patients: how many there are.
    """
    every = -(-max(patients, 1) // COMPARED)
    rows = session.execute(
        select(
            ArrivalRead.image_id,
            Image.patient_id,
            PseudoLabel.probabilities,
            ArrivalRead.probabilities,
            ArrivalRead.differs,
            Sweep.labeler_id,
            ArrivalRead.classifier_id,
        )
        .join(PseudoLabel, PseudoLabel.id == ArrivalRead.pseudo_label_id)
        .join(Sweep, Sweep.id == PseudoLabel.sweep_id)
        .join(Image, Image.id == ArrivalRead.image_id)
        .where(*_within(month), Image.patient_id % every == 0)
    )
    return [
        Said(labeler=row[2], classifier=row[3], differs=row.differs, by=(row[5], row[6]))
        for row in one_of_each(rows)
    ]


def _within(month: Month) -> Sequence[ColumnElement[bool]]:
    return ArrivalRead.at >= month.begin, ArrivalRead.at < month.end


def _by_day(
    session: Session, at: InstrumentedAttribute[datetime], first: datetime
) -> dict[str, int]:
    if session.get_bind().dialect.name == "postgresql":
        day = func.to_char(func.timezone("UTC", at), "YYYY-MM-DD")
    else:
        day = func.substr(at, 1, DAY)
    found = session.execute(select(day, func.count()).where(at >= first).group_by(day))
    return dict(found.all())
