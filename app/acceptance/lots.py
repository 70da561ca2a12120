"""Lots as the page and the evaluation report show them, and the error of what they hold."""

from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import formats
from app.acceptance.audits import DECIDED, WRONG
from app.acceptance.whole_set import WholeSet, standing
from app.db.archive import Image, LabelClass
from app.db.learning import Lot, PseudoLabel, Sweep
from app.statistics.proportions import clopper_pearson
from app.texts import _, ngettext

SITES_NAMED = 3
"""Of a lot that several sites share; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class LotStanding:
    """One lot and how far its audit is."""

    lot: int
    class_name: str
    sites: list[str] | None = None
    """Those its films come from; None where the lot is its whole class."""
    status: str
    size: int
    sample_size: int
    read: int
    allowed_errors: int
    errors: int
    """Wrong pseudo-labels among those read so far."""
    upper_bound: float | None
    """95 %, of the lot's error; None until its sample is read."""


@dataclass(frozen=True, kw_only=True)
class AcceptedError:
    """The error among a sweep's accepted labels, from the best source there is."""

    value: float
    ci: tuple[float, float]
    """95 %."""
    n: int
    """Labels it was found on."""
    source: Literal["given", "audit"]
    """`given`: against labels the archive came with; `audit`: of the lots."""


@dataclass(frozen=True, kw_only=True)
class PseudoLabelCounts:
    """What became of a sweep's pseudo-labels, for the evaluation report.

    What reports of earlier releases do not hold has a default.
    """

    accepted: int
    needs_review: int
    reviewed: int
    """Approved, corrected or rejected, in review or audit."""
    accepted_error: AcceptedError | None
    error_bound: float | None = None
    """What the calibration reads show of the accepted labels: at most this share is wrong."""
    whole_set: WholeSet | None = None
    lots: list[LotStanding] = field(default_factory=list)


def standings(session: Session, sweep_id: int) -> list[LotStanding]:
    """Return the lots of a sweep in the order of its classes, those of large sites first."""
    read = func.count().filter(PseudoLabel.status.in_(DECIDED))
    errors = func.count().filter(PseudoLabel.status.in_(WRONG))
    rows = session.execute(
        select(Lot, LabelClass.name, read, errors)
        .join(LabelClass, LabelClass.id == Lot.class_id)
        .outerjoin(PseudoLabel, (PseudoLabel.lot_id == Lot.id) & PseudoLabel.in_audit)
        .where(Lot.sweep_id == sweep_id)
        .group_by(Lot.id, LabelClass.id)
        .order_by(LabelClass.position, Lot.place)
    )
    return [_standing(*row) for row in rows]


def counts(session: Session, sweep_id: int) -> PseudoLabelCounts:
    """Return what became of a sweep's pseudo-labels, for the evaluation report."""
    sweep = session.get_one(Sweep, sweep_id)
    number = dict(
        session.execute(
            select(PseudoLabel.status, func.count())
            .where(PseudoLabel.sweep_id == sweep_id)
            .group_by(PseudoLabel.status)
        ).all()
    )
    return PseudoLabelCounts(
        accepted=number.get("accepted", 0),
        needs_review=number.get("needs_review", 0),
        reviewed=sum(number.get(status, 0) for status in DECIDED),
        accepted_error=accepted_error(session, sweep_id),
        error_bound=sweep.selection.get("error_bound"),
        whole_set=standing(session, sweep),
        lots=standings(session, sweep_id),
    )


def accepted_error(session: Session, sweep_id: int) -> AcceptedError | None:
    """Return the error among a sweep's accepted labels, from the best source there is.

    Returns:
        That against the given labels where the archive came with labels, of the accepted labels
        that were not read (Clopper-Pearson); else that of the released lots, from their audits;
        None where there is neither.
    """
    errors, n = _against_given(session, sweep_id)
    if n:
        interval = clopper_pearson(errors, n)
        return AcceptedError(value=errors / n, ci=interval, n=n, source="given")
    released = [lot for lot in standings(session, sweep_id) if lot.status == "released"]
    return _from_audits(released) if released else None


def _against_given(session: Session, sweep_id: int) -> tuple[int, int]:
    differs = func.count().filter(Image.given_class_id != PseudoLabel.class_id)
    errors, n = session.execute(
        select(differs, func.count())
        .select_from(PseudoLabel)
        .join(Image, Image.id == PseudoLabel.image_id)
        .where(
            PseudoLabel.sweep_id == sweep_id,
            PseudoLabel.status == "accepted",
            Image.given_class_id.is_not(None),
        )
    ).one()
    return errors, n


def _from_audits(lots: list[LotStanding]) -> AcceptedError:
    """Stratified estimate; its limits are the lots' own, each at 95 % over the number of lots.

    By the union bound all hold together with 95 %, whatever the sizes of the samples.
    """
    size = sum(lot.size for lot in lots)
    limits = [_limits(lot, 1 - 0.05 / len(lots)) for lot in lots]
    low, high = (
        sum(lot.size / size * limit[side] for lot, limit in zip(lots, limits, strict=True))
        for side in (0, 1)
    )
    return AcceptedError(
        value=sum(lot.size / size * lot.errors / lot.sample_size for lot in lots),
        ci=(low, high),
        n=sum(lot.sample_size for lot in lots),
        source="audit",
    )


def _limits(lot: LotStanding, confidence: float) -> tuple[float, float]:
    if lot.sample_size == lot.size:
        return lot.errors / lot.size, lot.errors / lot.size
    return clopper_pearson(lot.errors, lot.sample_size, confidence)


def _standing(lot: Lot, class_name: str, read: int, errors: int) -> LotStanding:
    return LotStanding(
        lot=lot.id,
        class_name=class_name,
        sites=lot.sites,
        status=lot.status,
        size=lot.size,
        sample_size=lot.sample_size,
        read=read + lot.removed_read,
        allowed_errors=lot.allowed_errors,
        errors=errors + lot.removed_wrong,
        upper_bound=lot.upper_bound,
    )


def sites_in_words(sites: list[str] | None) -> str:
    """Name the sites of a lot; empty where it is its whole class."""
    if sites is None:
        return ""
    named = [site or _("site unknown") for site in sites[:SITES_NAMED]]
    more = len(sites) - len(named)
    if more:
        named.append(
            ngettext("{number} more site", "{number} more sites", more, number=formats.count(more))
        )
    return ", ".join(named)


def in_words(lot: LotStanding) -> str:
    """Say where a lot stands and what follows from it."""
    if lot.status == "released":
        return (
            _("Released. Its labels count as labels, and the next classifier learns from them.")
            if lot.read < lot.size
            else _("Released. Every image was read.")
        )
    if lot.status == "failed":
        return _(
            "Failed: {errors} of {sample} were wrong and {allowed} were allowed. Its labels are "
            "back in review, and models trained on it are marked doubtful.",
            errors=lot.errors,
            sample=lot.sample_size,
            allowed=lot.allowed_errors,
        )
    if lot.errors > lot.allowed_errors:
        return _("Too many are wrong already: the lot will fail once its sample is read.")
    left = lot.sample_size - lot.read
    if not left:
        return _("Its sample is read. It is released when acceptance goes on: see Monitor.")
    reads = ngettext(
        "{number} audit read is still to be made; at most {allowed} may be wrong.",
        "{number} audit reads are still to be made; at most {allowed} may be wrong.",
        left,
        number=left,
        allowed=lot.allowed_errors,
    )
    if not lot.allowed_errors:
        reads = ngettext(
            "{number} audit read is still to be made; none may be wrong.",
            "{number} audit reads are still to be made; none may be wrong.",
            left,
            number=left,
        )
    whole = _("The lot is small, so every image is read.") if lot.sample_size == lot.size else ""
    return f"{reads} {whole}".strip()
