"""The log-ins that have not ended: whose, from where, and ending them from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import errors, log_ins
from app.accounts import devices
from app.audit import origins, record
from app.db.people import LogIn, User
from app.texts import _


@dataclass(frozen=True)
class Shown:
    """A log-in as it is shown.

    Attributes:
        reference: what the audit log calls it.
        person: whose it is.
        device: browser and system, or the name of a program; an empty string if unknown.
        address: the network address it began from; an empty string if unknown.
        began_at: when, UTC.
        seen_at: when it was last used, to the minute.
        here: whether it is that of this request.
    """

    reference: str
    person: str
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    here: bool


def live(session: Session, idle: timedelta, user_id: int | None = None) -> list[Shown]:
    """Return the log-ins that have not ended, the latest used first.

    Args:
        session: an open unit of work.
        idle: for how long a log-in may be unused before it ends.
        user_id: whose; None is everybody's.
    """
    return [_shown(each) for each in log_ins.live(session, idle, user_id)]


def end(session: Session, idle: timedelta, reference: str, by: User) -> None:
    """End a log-in: one's own, or, by an admin, anybody's.

    Raises:
        errors.NotFound: there is none by this reference that the person may end.
    """
    found = log_ins.live(session, idle, None if by.role == "admin" else by.id)
    ending = [each for each in found if _reference(each) == reference]
    if not ending:
        raise errors.NotFound(
            _("There is no such log-in, or it has ended."), reference, _("Reload the list.")
        )
    _end(session, ending, by)


def end_others(session: Session, idle: timedelta, by: User) -> None:
    """End every log-in of a person but that of this request."""
    here = origins.present().log_in
    found = log_ins.live(session, idle, by.id)
    _end(session, [each for each in found if _reference(each) != here], by)


def _end(session: Session, ending: Sequence[LogIn], by: User) -> None:
    log_ins.end_where(session, LogIn.token_digest.in_([each.token_digest for each in ending]))
    for each in ending:
        record(session, by, "end log-in", f"person {each.user_id}", log_in=_reference(each))


def _shown(log_in: LogIn) -> Shown:
    reference = _reference(log_in)
    return Shown(
        reference,
        log_in.user.name,
        devices.named(log_in.agent),
        log_in.address,
        log_in.created_at,
        log_in.seen_at,
        reference == origins.present().log_in,
    )


def _reference(log_in: LogIn) -> str:
    return origins.reference(log_in.token_digest)
