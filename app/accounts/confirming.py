"""The password again, before something that gives access is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.orm import Session

from app import errors, log_ins
from app.accounts import attempts, passwords
from app.accounts.visits import Visit
from app.db.clock import moment
from app.db.people import User
from app.dependencies import sent_token
from app.texts import _

FRESH = timedelta(minutes=10)


@contextmanager
def confirmed(visit: Visit, user: User, password: str) -> Iterator[tuple[Session, User]]:
    """Yield a unit of work of a person whose password is right, and the person.

    The attempt is a unit of work of its own: the slow comparison holds no lock on the database,
    and a failure counts. Who has no password, since the provider knows it, has to have logged in
    a short while ago instead.

    Raises:
        errors.Refused: the password is wrong, or the log-in old.
    """
    if not user.password_hash:
        with visit.database.begin() as session:
            _require_fresh(session, visit)
            yield session, session.get_one(User, user.id)
        return
    with visit.database.begin() as session:
        tried = attempts.attempt(session, user.name, visit.visitor)
    matched = passwords.matches(tried.password_hash, password)
    with visit.database.begin() as session:
        person = attempts.is_right(session, tried, matched, "confirm password")
        if person is not None:
            yield session, person
            return
    raise errors.Refused(
        _("The password is wrong."),
        "password",
        _("Type it again. After several failures you have to wait for up to 15 minutes."),
    )


def _require_fresh(session: Session, visit: Visit) -> None:
    found = log_ins.find(session, sent_token(visit.request, visit.settings), visit.settings.idle)
    if found is None or found.created_at < moment(session) - FRESH:
        raise errors.Refused(
            _("You logged in too long ago for this."),
            "",
            _("Log out, log in at the hospital's log-in, and do it within ten minutes."),
        )
