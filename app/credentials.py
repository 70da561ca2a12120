"""What a request shows to be let in: the log-in of a person, or a token of a program."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app import log_ins, tokens
from app.db.engine import Database
from app.db.people import ApiToken, LogIn

Credential = LogIn | ApiToken
"""Either has `user`, who acts, and ends with that person's account."""


def find(session: Session, token: str, idle: timedelta) -> Credential | None:
    """Return what a text opens, with its active user; None where it opens nothing any more.

    Args:
        session: an open unit of work.
        token: as the browser or the program sent it.
        idle: for how long a log-in may be unused before it ends; a token may always be.
    """
    if tokens.is_token(token):
        return tokens.find(session, token)
    return log_ins.find(session, token, idle)


def has_use_to_note(database: Database, found: Credential, idle: timedelta) -> bool:
    """Tell whether the use of a log-in or a token is to be written down."""
    if isinstance(found, ApiToken):
        return tokens.has_use_to_note(database, found)
    return log_ins.has_use_to_note(database, found, idle)


def note_use(database: Database, found: Credential) -> None:
    """Write down that a log-in or a token is in use."""
    if isinstance(found, ApiToken):
        tokens.note_use(database, found)
    else:
        log_ins.note_use(database, found)
