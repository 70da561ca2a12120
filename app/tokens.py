"""Tokens of programs: random text at the program, its SHA-256 in the database.

A token acts for the person who made it, within its scopes. It says by its first letters what it is,
so that it is found in a script or a log where it does not belong.
"""

import secrets
from datetime import timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, contains_eager

from app.audit import origins
from app.db import clock
from app.db.engine import Database
from app.db.people import ApiToken, User
from app.log_ins import digest

PREFIX = "condyle_"
SEEN_EVERY = timedelta(minutes=1)
"""A token's use is written down this often."""

_OF_TOKEN = (
    select(ApiToken)
    .join(ApiToken.user)
    .options(contains_eager(ApiToken.user))
    .where(
        ApiToken.token_digest == bindparam("digest"),
        ApiToken.expires_at > clock.NOW,
        ApiToken.revoked_at.is_(None),
        User.active.is_(True),
    )
)


def new_token() -> str:
    """Return a token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether a text looks like a token of a program."""
    return text.startswith(PREFIX)


def find(session: Session, token: str) -> ApiToken | None:
    """Return a token's row with its active user; None where it has expired or was revoked."""
    return session.scalar(_OF_TOKEN, {"digest": digest(token)})


def has_use_to_note(database: Database, token: ApiToken) -> bool:
    """Tell whether a token's use was not written down a moment ago."""
    return token.seen_at is None or clock.present(database) - token.seen_at >= SEEN_EVERY


def note_use(database: Database, token: ApiToken) -> None:
    """Write down when a token is used and from where."""
    address = origins.present().address
    used = update(ApiToken).where(ApiToken.token_digest == token.token_digest)
    try:
        with database.begin() as session:
            session.execute(used.values(seen_at=clock.NOW, seen_from=address))
    except OperationalError:
        return


def revoke_all(session: Session, user_id: int) -> None:
    """Revoke every token of a person, with which nobody gets in again."""
    live = update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    session.execute(live.values(revoked_at=clock.NOW))
