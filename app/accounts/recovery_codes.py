"""Recovery codes: ten at a time, each lets somebody in once who has lost the app."""

import secrets

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.db import clock
from app.db.changes import changed_one
from app.db.people import RecoveryCode
from app.log_ins import digest

NUMBER = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what is mistaken for something else: 0 and o, 1, i and l."""
LENGTH, GROUP = 16, 4
"""79 random bits: no table of digests is that long."""


def renew(session: Session, user_id: int) -> list[str]:
    """Make ten codes for a person, in place of all earlier ones; they are shown this once."""
    forget(session, user_id)
    made = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(NUMBER)]
    session.add_all(RecoveryCode(code_digest=digest(code), user_id=user_id) for code in made)
    return [
        "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP)) for code in made
    ]


def use(session: Session, user_id: int, typed: str) -> bool:
    """Use a code up; False where it is none of the person's, or was used."""
    unused = update(RecoveryCode).where(
        RecoveryCode.code_digest == digest(typed),
        RecoveryCode.user_id == user_id,
        RecoveryCode.used_at.is_(None),
    )
    return changed_one(session, unused.values(used_at=clock.NOW))


def left(session: Session, user_id: int) -> int:
    """Return how many codes a person has not used."""
    unused = (RecoveryCode.user_id == user_id) & RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).where(unused)) or 0


def forget(session: Session, user_id: int) -> None:
    """Remove a person's codes."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
