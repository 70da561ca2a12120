"""Making tokens for programs, seeing them, and revoking them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from app import errors, scopes, tokens
from app.accounts.rules import usable_name
from app.audit import origins, record
from app.db import clock
from app.db.changes import changed_one
from app.db.people import ApiToken, User
from app.log_ins import digest
from app.texts import _

LONGEST_DAYS = 366
USUAL_DAYS = 90
MOST_LIVE = 20
"""Tokens that one person may have at a time."""
MOST_SHOWN = 500

_ENDED = or_(ApiToken.revoked_at.is_not(None), ApiToken.expires_at <= clock.NOW)


class Wanted(NamedTuple):
    """A token that is asked for: what it is called, what it may be used for, and for how long."""

    name: str
    scopes: Collection[str]
    days: int


def check(session: Session, user: User, wanted: Wanted) -> None:
    """Refuse a token that a person cannot have.

    Raises:
        errors.Refused: its name, scopes or days are not usable.
        errors.Conflict: the person has as many as one may have.
    """
    usable_name(wanted.name)
    possible = {each.name for each in scopes.offered(user.role)}
    if not wanted.scopes or not possible.issuperset(wanted.scopes):
        raise errors.Refused(
            _("A token needs scopes, of those that your role may give."),
            "scopes",
            _("Choose one or more of {names}.", names=", ".join(sorted(possible))),
        )
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise errors.Refused(
            _("A token lasts a year at most."),
            "days",
            _("Choose 1 to {most} days.", most=LONGEST_DAYS),
        )
    live = select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user.id, ~_ENDED)
    if (session.scalar(live) or 0) >= MOST_LIVE:
        raise errors.Conflict(
            _("You have as many tokens as one person may have."),
            "",
            _("Revoke one that is no longer used."),
        )


def make(session: Session, user: User, wanted: Wanted) -> tuple[str, ApiToken]:
    """Make a token for a person.

    Args:
        session: an open unit of work.
        user: for whom it will act, who has just shown their password.
        wanted: see `check`, whose errors it raises.

    Returns:
        The token, which is kept nowhere, and its row.
    """
    # Locked, so that two requests at once cannot both be the last one allowed.
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    check(session, user, wanted)
    token, moment = tokens.new_token(), clock.moment(session)
    row = ApiToken(
        token_digest=digest(token),
        reference=origins.reference(digest(token)),
        user_id=user.id,
        name=usable_name(wanted.name),
        scopes=[name for name in scopes.NAMES if name in wanted.scopes],
        created_at=moment,
        expires_at=moment + timedelta(days=wanted.days),
    )
    session.add(row)
    session.flush()
    record(
        session,
        user,
        "make token",
        f"token {row.reference}",
        name=row.name,
        scopes=row.scopes,
        expires=row.expires_at.isoformat(timespec="seconds"),
    )
    return token, row


def existing(session: Session, user_id: int | None = None) -> Sequence[ApiToken]:
    """Return tokens, live ones first and then the newest, `MOST_SHOWN` at most.

    Args:
        session: an open unit of work.
        user_id: whose; None is everybody's, each with its person.
    """
    ended: ColumnElement[int] = case((_ENDED, 1), else_=0)
    query = (
        select(ApiToken)
        .options(joinedload(ApiToken.user))
        .order_by(ended, ApiToken.created_at.desc(), ApiToken.reference)
        .limit(MOST_SHOWN)
    )
    if user_id is not None:
        query = query.where(ApiToken.user_id == user_id)
    return session.scalars(query).all()


def standing(token: ApiToken, moment: datetime) -> str:
    """Return whether a token can be used: `active`, `expired` or `revoked`."""
    if token.revoked_at is not None:
        return "revoked"
    return "active" if token.expires_at > moment and token.user.active else "expired"


def revoke(session: Session, reference: str, by: User) -> None:
    """Revoke a token: one's own, or, by an admin, anybody's. One that is revoked stays so.

    Raises:
        errors.NotFound: there is none by this reference that the person may revoke.
    """
    own = ApiToken.reference == reference
    if by.role != "admin":
        own = own & (ApiToken.user_id == by.id)
    if session.scalar(select(ApiToken.reference).where(own)) is None:
        raise errors.NotFound(_("There is no such token."), reference, _("Reload the list."))
    live = update(ApiToken).where(own, ApiToken.revoked_at.is_(None))
    if changed_one(session, live.values(revoked_at=clock.NOW)):
        record(session, by, "revoke token", f"token {reference}")
