"""The second step of a log-in: a code after the password, or a second factor to be set up."""

from dataclasses import dataclass

from app import errors
from app.accounts import begun, second_factor
from app.accounts.visits import Entered, Visit
from app.audit import record
from app.db.engine import read_only
from app.db.people import User
from app.texts import _


@dataclass(frozen=True)
class Beginner:
    """Who has begun to log in, and whether their second factor is still to be set up."""

    user: User
    sets_up: bool


def beginner(visit: Visit) -> Beginner | None:
    """Return who has begun to log in with this browser; None where nobody has."""
    with read_only(visit.database) as session:
        user = begun.find(session, visit.begun_token)
        return Beginner(user, not second_factor.has(session, user.id)) if user else None


def finish(visit: Visit, token: str, typed: str) -> Entered | None:
    """Log somebody in by a code; None where it is wrong.

    Args:
        visit: who knocks.
        token: of the log-in that has begun.
        typed: six digits, or a recovery code.

    Raises:
        errors.NotLoggedIn: the log-in was begun too long ago.
        errors.Refused: no code can be checked, see `second_factor.passes`.
    """
    with visit.database.begin() as session:
        user = begun.find(session, token)
        if user is None:
            raise too_late()
        how = second_factor.passes(session, visit.seals, user, typed, visit.visitor)
        if how is None or not begun.finish(session, token):
            return None
        record(session, user, "log in", f"person {user.id}", second_factor=how)
        return visit.begin(session, user)


def finish_by_setting_up(visit: Visit, offered: str, typed: str) -> tuple[Entered, list[str]]:
    """Set the second factor up of somebody whose role needs one, and log them in.

    Args:
        visit: who knocks.
        offered: the secret, as the page sends it back.
        typed: a code of the app.

    Returns:
        The log-in, and the recovery codes.

    Raises:
        errors.NotLoggedIn: the log-in was begun too long ago.
        errors.Refused: the code is wrong, or the page too old.
        errors.Conflict: there is a second factor already.
    """
    with visit.database.begin() as session:
        user = begun.find(session, visit.begun_token)
        if user is None:
            raise too_late()
        codes = second_factor.set_up(session, visit.seals, user, offered, typed)
        if not begun.finish(session, visit.begun_token):
            raise too_late()
        record(session, user, "log in", f"person {user.id}", second_factor=second_factor.APP)
        return visit.begin(session, user), codes


def wrong() -> errors.NotLoggedIn:
    """Return what is said to somebody whose code is not right."""
    return errors.NotLoggedIn(
        _("This code is wrong, or was used before."),
        "code",
        _(
            "Wait for the app's next code, or use a recovery code. After several failures you have "
            "to wait for up to 15 minutes."
        ),
    )


def too_late() -> errors.NotLoggedIn:
    """Return what is said to somebody who has not begun, or did so long ago."""
    return errors.NotLoggedIn(
        _("Log in with your name and password first."),
        "",
        _("The code has to follow within {number} minutes.", number=begun.MINUTES),
    )
