"""The audit of what arrives: how often the labeler was wrong, and whether that is too often.

What is judged is what the acceptance rule of the sweep would have accepted, for of the rest nothing
is promised. A patient counts once in a month, and once in what is judged: two films of one person
are wrong together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.acceptance.audits import DECIDED, WRONG
from app.acceptance.whole_set import MAY_BE_ACCEPTED
from app.db.archive import Image
from app.db.arrivals import ArrivalRead
from app.db.learning import PseudoLabel, Sweep
from app.db.monitor import AcceptanceStop
from app.monitor.months import SHOWN, Month
from app.statistics.acceptance import CONFIDENCE, audit_plan
from app.statistics.anytime import log_evidence, lower_limit, times
from app.statistics.proportions import clopper_pearson, upper_bound

FALSE_STOPS_A_YEAR = 0.05
"""The chance a year, at most, that a labeler is stopped which is wrong no more than tolerated."""
RISK = FALSE_STOPS_A_YEAR / SHOWN
"""Of each of the tests that begin: one a month, which is followed for a year."""
WOULD_BE_ACCEPTED = and_(ArrivalRead.unsure.is_(False), *MAY_BE_ACCEPTED)
"""That the acceptance rule of the sweep which a film joined would have accepted its label."""

Film = TypeVar("Film")


class Drawn(NamedTuple):
    """A film that was drawn for the audit of what arrives."""

    at: datetime
    image_id: int
    patient_id: int
    labeler_id: int
    accepted: bool
    """Whether the acceptance rule would have accepted it."""
    read: bool
    wrong: bool


@dataclass(frozen=True, kw_only=True)
class MonthsAudit:
    """What the audit of one month says of what would have been accepted.

    Attributes:
        drawn: patients.
        read: of these, by now.
        wrong: of these.
        at_least: the exact one-sided 95 % lower limit of the error; None where nobody was read.
        at_most: the upper one.
        missing: reads until the upper limit is below the tolerated error, if none of them is wrong.
    """

    drawn: int
    read: int
    wrong: int
    at_least: float | None
    at_most: float | None
    missing: int


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The audited films that speak most strongly against the labeler.

    Attributes:
        since: they arrived from then on.
        audited: patients.
        wrong: of these.
        at_least: the lower limit of the error, which holds however often one looks.
        times: the evidence that it is more than tolerated: so many to one, a million at most.
        enough: whether acceptance is to stop for it.
    """

    since: datetime
    audited: int
    wrong: int
    at_least: float
    times: float
    enough: bool


def drawn(session: Session, since: datetime) -> list[Drawn]:
    """Return what was drawn of the films that were read on arrival since a moment."""
    rows = (
        select(
            ArrivalRead.at,
            ArrivalRead.image_id,
            Image.patient_id,
            Sweep.labeler_id,
            WOULD_BE_ACCEPTED,
            PseudoLabel.status.in_(DECIDED),
            PseudoLabel.status.in_(WRONG),
        )
        .join(PseudoLabel, PseudoLabel.id == ArrivalRead.pseudo_label_id)
        .join(Sweep, Sweep.id == PseudoLabel.sweep_id)
        .join(Image, Image.id == ArrivalRead.image_id)
        .where(ArrivalRead.drawn, ArrivalRead.at >= since)
    )
    return [Drawn(*row) for row in session.execute(rows)]


def of_month(films: Iterable[Drawn], month: Month, tolerated_error: float) -> MonthsAudit:
    """Return what the audit of one month says.

    Args:
        films: as `drawn` returned them.
        month: which.
        tolerated_error: of what is accepted, above 0 and below 1.
    """
    mine = one_of_each(
        film for film in films if film.accepted and month.begin <= film.at < month.end
    )
    read = sum(film.read for film in mine)
    wrong = sum(film.wrong for film in mine)
    return MonthsAudit(
        drawn=len(mine),
        read=read,
        wrong=wrong,
        at_least=clopper_pearson(wrong, read, 2 * CONFIDENCE - 1)[0] if read else None,
        at_most=upper_bound(wrong, read, CONFIDENCE) if read else None,
        missing=max(0, audit_plan(tolerated_error, wrong) - read),
    )


def strongest(
    films: Sequence[Drawn], months: Sequence[Month], since: datetime, tolerated_error: float
) -> Evidence | None:
    """Return what speaks most strongly against a labeler; None where nothing was audited.

    Each month begins a test of what arrives from then on, and it is followed for a year: so what
    was good for long does not hide what has become bad. A test is looked at as often as one likes
    (`app.statistics.anytime`); all tests together stop a labeler that is wrong as often as
    tolerated with a chance of at most 5 % a year.

    Args:
        films: of one labeler, as `drawn` returned them.
        months: the last twelve.
        since: nothing that arrived before counts.
        tolerated_error: of what is accepted, above 0 and below 1.
    """
    judged = [film for film in films if film.accepted and film.at >= since]
    found = []
    for begin in (max(month.begin, since) for month in months if month.end > since):
        read = [each for each in one_of_each(f for f in judged if f.at >= begin) if each.read]
        if read:
            found.append(_evidence(begin, read, tolerated_error))
    # Of tests that have counted the same films, the latest says most exactly since when.
    return max(
        found, key=lambda each: (each.enough, each.times, each.at_least, each.since), default=None
    )


def window(session: Session) -> datetime | None:
    """Return when acceptance was last let go on: what had arrived before counts no more."""
    lifted = select(AcceptanceStop.lifted_at).where(AcceptanceStop.lifted_at.is_not(None))
    return session.scalar(lifted.order_by(AcceptanceStop.id.desc()).limit(1))


def one_of_each(films: Iterable[Film]) -> list[Film]:
    """Return one film of each patient, chosen by its number alone, in an order that is no other.

    Args:
        films: rows, or whatever else has an `image_id` and a `patient_id`.
    """
    chosen: dict[int, Any] = {}
    rows: Iterable[Any] = films
    for film in sorted(rows, key=lambda each: shuffled(each.image_id)):
        chosen.setdefault(film.patient_id, film)
    return list(chosen.values())


def shuffled(image_id: int) -> int:
    """Return a number by which images lie in no order: Knuth's multiplicative hash."""
    return image_id * 2_654_435_761 % 2**32


def _evidence(begin: datetime, read: Sequence[Drawn], tolerated_error: float) -> Evidence:
    wrong = sum(film.wrong for film in read)
    found = log_evidence(wrong, len(read), tolerated_error)
    return Evidence(
        since=begin,
        audited=len(read),
        wrong=wrong,
        at_least=lower_limit(wrong, len(read), RISK),
        times=times(found),
        enough=found >= -log(RISK),
    )
