"""A person's second factor: set up, asked for, turned off by its owner, reset by an admin.

It is a code of an app (`app.accounts.totp`); a recovery code does for it once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import errors, log_ins
from app.accounts import attempts, begun, bound, recovery_codes, requirement, rules, totp
from app.accounts.browsers import Visitor
from app.accounts.factor_seals import Seals
from app.audit import record
from app.db.changes import changed_one
from app.db.clock import moment
from app.db.people import LogIn, SecondFactor, User
from app.texts import _

APP, RECOVERY = "app", "recovery code"
LONGEST_REASON = 500


@dataclass(frozen=True)
class Standing:
    """A person's second factor as it is shown to them.

    Attributes:
        since: when it was set up; None where there is none.
        left: recovery codes that were not used.
        required: whether the person's role needs one.
    """

    since: datetime | None
    left: int
    required: bool


def standing(session: Session, user: User) -> Standing:
    """Return how a person's second factor stands."""
    factor = session.get(SecondFactor, user.id)
    left = recovery_codes.left(session, user.id) if factor else 0
    return Standing(
        factor.created_at if factor else None, left, user.role in requirement.roles(session)
    )


def of_everybody(session: Session) -> Mapping[int, datetime]:
    """Return when each person who has a second factor set it up, by id."""
    factors = session.scalars(select(SecondFactor))
    return {factor.user_id: factor.created_at for factor in factors}


def has(session: Session, user_id: int) -> bool:
    """Whether a person has a second factor."""
    return session.get(SecondFactor, user_id) is not None


def set_up(session: Session, seals: Seals, user: User, offered: str, typed: str) -> list[str]:
    """Give a person a second factor, once a code shows that the app knows the secret.

    Args:
        session: an open unit of work.
        seals: seal the secret.
        user: whose; every other log-in of theirs is ended by the caller.
        offered: the secret, as a page sends it back.
        typed: a code of the app.

    Returns:
        The recovery codes, which are shown this once.

    Raises:
        errors.Refused: the code is not one of the secret's, or the page is too old.
        errors.Conflict: the person has a second factor already, or logs in at the provider.
    """
    _lock(session, user)
    bound.require_own(session, user.id)
    if session.get(SecondFactor, user.id) is not None:
        raise errors.Conflict(
            _("You have a second factor already."), "", _("Turn it off before you set up another.")
        )
    at = moment(session)
    secret = seals.offered(offered, user.id, at)
    step = totp.step_of(secret, _plain(typed), at)
    if step is None:
        raise errors.Refused(
            _("This is not the code that the app shows now."),
            "code",
            _("Type the newest one. If it is refused again, set the clock of your telephone."),
        )
    sealed = seals.sealed(secret, user.id)
    session.add(SecondFactor(user_id=user.id, sealed=sealed.text, seal=sealed.seal, last_step=step))
    record(session, user, "set up second factor", f"person {user.id}")
    return recovery_codes.renew(session, user.id)


def passes(session: Session, seals: Seals, user: User, typed: str, visitor: Visitor) -> str | None:
    """Return by what a person's code is right, `APP` or `RECOVERY`; None where it is not.

    Each attempt counts before it is looked at, as those of passwords do. Whoever gets here knows
    the password, so failures count for the person, wherever they come from; a browser that the
    person logged in with before counts by itself. A code is good once.

    Args:
        session: an open unit of work, which the caller commits also after a failure.
        seals: open the secret.
        user: whose password was right.
        typed: six digits, or a recovery code.
        visitor: where it comes from.

    Raises:
        errors.Refused: it is a code of the app, and its secret cannot be opened.
    """
    _lock(session, user)
    source = visitor.source_of_codes(user.id)
    allowed = attempts.count(session, user.id, source)
    how = _way(session, seals, user.id, _plain(typed)) if allowed else None
    if how is None:
        record(session, user, "fail to enter code", f"person {user.id}", locked=not allowed)
        return None
    attempts.forget(session, user.id, source)
    if how == RECOVERY:
        left = recovery_codes.left(session, user.id)
        record(session, user, "use recovery code", f"person {user.id}", left=left)
    return how


def renew_codes(session: Session, user: User) -> list[str]:
    """Make new recovery codes; those a person had are worth nothing any more."""
    record(session, user, "make recovery codes", f"person {user.id}")
    return recovery_codes.renew(session, user.id)


def turn_off(session: Session, user: User) -> None:
    """Take a person's own second factor away; who needs one is logged out, and sets up another."""
    _remove(session, user.id)
    record(session, user, "turn off second factor", f"person {user.id}")
    requirement.hold_to(session, user)


def reset(session: Session, user_id: int, reason: str, by: User | None) -> None:
    """Take the second factor of somebody away who has lost it, and log them out.

    Args:
        session: an open unit of work.
        user_id: whose.
        reason: why, in the admin's words.
        by: the admin; None for the command line.

    Raises:
        errors.Refused: there is no reason.
        errors.Conflict: the person has no second factor.
    """
    user, reason = rules.find(session, user_id), reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        do = _("Say in a few words how you know that it is really they who ask.")
        raise errors.Refused(_("The reason is missing or too long."), "reason", do)
    if not has(session, user_id):
        raise errors.Conflict(
            _("This person has no second factor."),
            _("person {number}", number=user_id),
            _("Reload the list."),
        )
    _remove(session, user.id)
    log_ins.end_where(session, LogIn.user_id == user.id)
    record(session, by, "reset second factor", f"person {user.id}", reason=reason)


def _lock(session: Session, user: User) -> None:
    """Let what concerns a person's second factor go one after another."""
    mine = select(User).where(User.id == user.id)
    session.scalars(mine.with_for_update(key_share=True)).one()


def _way(session: Session, seals: Seals, user_id: int, code: str) -> str | None:
    factor = session.get(SecondFactor, user_id)
    if factor is None:
        return None
    if not re.fullmatch(r"\d{6}", code, re.ASCII):
        return RECOVERY if recovery_codes.use(session, user_id, code) else None
    step = totp.step_of(seals.opened(factor), code, moment(session))
    return APP if step is not None and is_newer(session, user_id, step) else None


def is_newer(session: Session, user_id: int, step: int) -> bool:
    """One change says that no code of this step or a later one was accepted before."""
    newer = update(SecondFactor).where(
        SecondFactor.user_id == user_id, SecondFactor.last_step < step
    )
    return changed_one(session, newer.values(last_step=step))


def _remove(session: Session, user_id: int) -> None:
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    recovery_codes.forget(session, user_id)
    begun.void(session, user_id)


def _plain(typed: str) -> str:
    """A code without the spaces and dashes that make it easy to read."""
    return re.sub(r"[\s-]", "", typed).lower()
