"""Removing, as pages, the API and commands do it: in units of work of their own."""

from collections.abc import Collection
from contextlib import suppress

from app import errors
from app.db.engine import Database
from app.imaging import pseudonyms
from app.removal import rules
from app.removal.rules import Reason, What
from app.runs.kinds import REMOVE
from app.runs.starting import start
from app.settings import Settings


def remove(
    database: Database,
    settings: Settings,
    what: What,
    numbers: Collection[int],
    reason: Reason,
    by: int | None,
) -> int:
    """Remove a patient, a study or images for good; return the number of the removal.

    Args:
        database: the workspace.
        settings: the workspace's.
        what: a patient, a study, or images.
        numbers: one patient or study; or images, up to `rules.AT_ONCE`.
        reason: why.
        by: the admin; None for a command.

    Raises:
        errors.NotFound: there is none of them.
        errors.Refused: they are too many.
        errors.Conflict: another admin is removing one of them.
    """
    key = pseudonyms.load_key(settings.home)
    with database.begin() as session:
        removal_id = rules.ask(session, what, numbers, reason, by).id
    with database.begin() as session:
        rules.carry_out(session, removal_id, key)
    go_on(database, settings, by)
    return removal_id


def take_back(database: Database, settings: Settings, run_id: int, by: int | None) -> int:
    """Take an import back; a run does it step by step. Return the number of the removal.

    Raises:
        errors.NotFound: there is no such import.
        errors.Conflict: somebody has built on it, or is taking it back.
    """
    with database.begin() as session:
        removal_id = rules.ask_to_take_back(session, run_id, by).id
    go_on(database, settings, by)
    return removal_id


def go_on(database: Database, settings: Settings, by: int | None) -> None:
    """See to it that a run removes what waits; one that is under way takes it on itself."""
    with suppress(errors.Conflict):
        start(database, settings, REMOVE, {}, by)
