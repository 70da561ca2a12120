"""Log-ins that have begun: the password was right, the code is still to come.

What the browser is given meanwhile opens nothing but the form for the code, for some minutes.
"""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from app import log_ins
from app.db import clock
from app.db.changes import changed_one
from app.db.clock import moment
from app.db.people import BegunLogIn, User

COOKIE = "condyle-begun"
MINUTES = 10


def begin(session: Session, user: User) -> str:
    """Note that a person's password was right; return the token of what has begun."""
    at = moment(session)
    old = (BegunLogIn.user_id == user.id) & (BegunLogIn.expires_at < at)
    session.execute(delete(BegunLogIn).where(old))
    token = log_ins.new_token()
    row = BegunLogIn(token_digest=log_ins.digest(token), user_id=user.id)
    row.expires_at = at + timedelta(minutes=MINUTES)
    session.add(row)
    return token


def find(session: Session, token: str) -> User | None:
    """Return who has begun to log in, or None where that was too long ago, or never."""
    row = session.scalar(
        select(BegunLogIn)
        .options(joinedload(BegunLogIn.user))
        .where(BegunLogIn.token_digest == log_ins.digest(token), BegunLogIn.expires_at > clock.NOW)
    )
    return row.user if row and row.user.active else None


def finish(session: Session, token: str) -> bool:
    """End what has begun; False where somebody else did so first."""
    has_begun = BegunLogIn.token_digest == log_ins.digest(token)
    return changed_one(session, delete(BegunLogIn).where(has_begun))


def void(session: Session, user_id: int) -> None:
    """Forget what a person has begun."""
    session.execute(delete(BegunLogIn).where(BegunLogIn.user_id == user_id))
