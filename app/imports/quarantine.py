"""What could not be imported, until it is imported or dismissed."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import QuarantinedFile
from app.db.changes import changed_one
from app.db.clock import moment
from app.texts import _

KEPT_DAYS = 30
"""How long the name of a file that was put aside is kept for the admin to find it."""


def dismiss(session: Session, file_id: int) -> None:
    """Forget a file that could not be imported.

    Raises:
        errors.NotFound: it was dismissed or imported meanwhile.
    """
    if not changed_one(session, delete(QuarantinedFile).where(QuarantinedFile.id == file_id)):
        raise errors.NotFound(
            _("This file is not in the quarantine."), "", _("Reload the page Imports.")
        )


def dismiss_all(session: Session) -> None:
    """Forget all files that could not be imported."""
    session.execute(delete(QuarantinedFile))


def forget_old_names(session: Session) -> None:
    """Take the names of files put aside `KEPT_DAYS` ago out; what was wrong with them stays."""
    old = QuarantinedFile.at < moment(session) - timedelta(days=KEPT_DAYS)
    session.execute(update(QuarantinedFile).where(old, QuarantinedFile.path != "").values(path=""))
