"""How long events of the audit log are kept: the rule, and which events are older than it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import errors
from app.audit.chain import head
from app.checks import Check, reading, refused
from app.db.clock import moment
from app.db.people import AuditEvent
from app.settings import Settings

SETTING = "CONDYLE_AUDIT_RETENTION_DAYS"
LEAST_DAYS = 183
"""Six months: Regulation (EU) 2024/1689, Article 26(6)."""
OVERDUE = timedelta(days=31)
"""Whoever retires once a month is never late."""


def days_of(settings: Settings) -> int:
    """Return for how many days events are kept at least; 0 where they are kept for ever.

    Raises:
        errors.Refused: the setting names fewer than the law does.
    """
    days = settings.audit_retention_days
    if 0 < days < LEAST_DAYS:
        raise errors.Refused(
            f"Events of the audit log are kept for {LEAST_DAYS} days at least.",
            SETTING,
            f"Set it to {LEAST_DAYS} or more, or to 0 to keep them for ever.",
        )
    return days


def limit(settings: Settings, asked: date | None, now: datetime) -> datetime:
    """Return the moment, UTC, before which events may be retired.

    Args:
        settings: with the rule.
        asked: the first day, in UTC, whose events are to be kept; None: what the rule says.
        now: by the database's clock.

    Raises:
        errors.Refused: there is neither a rule nor a day, or events would go too early.
    """
    days = days_of(settings)
    if asked is None and not days:
        raise errors.Refused(
            "Nothing says how long events are kept.",
            SETTING,
            "Set it to a number of days, or name the first day to keep with --before.",
        )
    latest = now - timedelta(days=days or LEAST_DAYS)
    if asked is None:
        return latest
    wanted = datetime.combine(asked, time(), UTC)
    if wanted > latest:
        raise errors.Refused(
            f"Events are kept for {days or LEAST_DAYS} days.",
            "--before",
            f"Give {latest.date().isoformat()} or an earlier day.",
        )
    return wanted


def first_kept(session: Session, before: datetime) -> int:
    """Return the number of the first event that is not older than a moment.

    All before it are older, whatever the clock was set to: nothing younger goes with them.
    """
    oldest = session.scalar(select(func.min(AuditEvent.id)).where(AuditEvent.at >= before))
    return oldest if oldest is not None else head(session).event_id + 1


def examine(settings: Settings) -> Iterator[Check]:
    """Look whether events are kept for longer than the rule says, for `condyle doctor`."""
    try:
        days = days_of(settings)
        if not days:
            return
        with reading(settings) as session:
            now = moment(session)
            oldest = session.scalar(select(AuditEvent.at).order_by(AuditEvent.id).limit(1))
    except errors.Refused as error:
        yield refused(error)
        return
    except SQLAlchemyError:  # the doctor says so elsewhere
        return
    if oldest is not None and oldest < now - timedelta(days=days) - OVERDUE:
        late = f"Events of the audit log are older than {days} days, from {oldest.date()} on"
        yield Check(False, f"{late}: run `condyle audit retire --to FILE` once a month.")
    else:
        yield Check(True, f"Events of the audit log are kept for {days} days.")
