"""What the monitor found, in words: for the page and the command."""

from app import formats
from app.db.monitor import AcceptanceStop
from app.monitor.audits import RISK, Evidence, MonthsAudit
from app.monitor.figures import MonitorFigures, MonthsFigures, Watched
from app.names import named
from app.texts import _, ngettext


def of_stop(stop: AcceptanceStop) -> str:
    """Say why acceptance is stopped."""
    return _(
        "Of {audited} audited patients whose films arrived since {day}, the labeler was wrong in "
        "{wrong}: at least {at_least} of what would have been accepted is wrong, and {tolerated} "
        "is tolerated.",
        audited=formats.count(stop.audited),
        day=f"{stop.since:%Y-%m-%d}",
        wrong=formats.count(stop.wrong),
        at_least=formats.percent(stop.at_least, 1),
        tolerated=formats.percent(stop.tolerated_error, 1),
    )


def of_evidence(evidence: Evidence | None, watched: Watched) -> str:
    """Say how far the audits are from a stop."""
    if evidence is None:
        return _(
            "Nothing of what the labeler would have had accepted was audited yet, so nothing "
            "speaks for or against it."
        )
    return _(
        "Since {day}, the labeler was wrong in {wrong} of {audited} audited patients. The evidence "
        "that it errs in more than the tolerated {tolerated} is {times} to 1; acceptance stops at "
        "{enough} to 1.",
        day=f"{evidence.since:%Y-%m-%d}",
        wrong=formats.count(evidence.wrong),
        audited=formats.count(evidence.audited),
        times=formats.count(round(evidence.times))
        if evidence.times >= 1
        else formats.decimal(evidence.times, 2),
        tolerated=formats.percent(watched.tolerated_error, 1),
        enough=formats.count(round(1 / RISK)),
    )


def of_audit(audit: MonthsAudit, tolerated_error: float) -> str:
    """Say what the audit of a month shows."""
    if audit.at_most is not None and audit.at_least is not None:
        if audit.at_most <= tolerated_error:
            return _("within what is tolerated")
        if audit.at_least > tolerated_error:
            return _("more than tolerated")
    return ngettext(
        "open: {number} more read", "open: {number} more reads", audit.missing, number=audit.missing
    )


def of_shift(month: MonthsFigures) -> str:
    """Say which scores have shifted in a month; empty where that cannot be told."""
    if month.shift is None:
        return ""
    values = {
        "model": named(month.shift.model),
        "name": month.shift.class_name,
        "distance": formats.decimal(month.shift.distance, 2),
        "p": formats.p_value(month.shift.p),
    }
    if month.shifted:
        return _("{model}, {name}: by {distance}, p {p}", **values)
    return _("none beyond chance: {distance} at most, p {p}", **values)


def lines(stop: AcceptanceStop | None, figures: MonitorFigures) -> list[str]:
    """Return what the command prints: one line for each thing that is watched."""
    watched, shifted = figures.watched, figures.shifted
    found = [
        _("Acceptance is stopped.") + " " + of_stop(stop)
        if stop
        else _("Acceptance goes on.") + " " + of_evidence(figures.evidence, watched)
    ]
    if shifted:
        found.append(
            _(
                "Scores have shifted in {month}: {what}.",
                month=shifted.month,
                what=of_shift(shifted),
            )
        )
    return found + [_line(month, watched.tolerated_error) for month in figures.months[-1:]]


def _line(month: MonthsFigures, tolerated_error: float) -> str:
    return _(
        "{month}: {read} films read, {audited} patients audited, {wrong} wrong; {what}.",
        month=month.month,
        read=formats.count(month.read),
        audited=formats.count(month.audit.read),
        wrong=formats.count(month.audit.wrong),
        what=of_audit(month.audit, tolerated_error),
    )
