"""The password again, before something that gives access is made."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app import errors
from app.accounts import attempts, passwords
from app.accounts.visits import Visit
from app.db.people import User
from app.texts import _


@contextmanager
def confirmed(visit: Visit, user: User, password: str) -> Iterator[tuple[Session, User]]:
    """Yield a unit of work of a person whose password is right, and the person.

    The attempt is a unit of work of its own: the slow comparison holds no lock on the database,
    and a failure counts.

    Raises:
        errors.Refused: the password is wrong.
    """
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
