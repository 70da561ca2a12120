"""How arrived films come into the archive: by an import like any other, in batches."""

from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import errors
from app.db.arrivals import ArrivedFilm
from app.db.clock import moment
from app.db.engine import Database, read_only
from app.db.learning import Run
from app.receiving import rules
from app.receiving.place import Place
from app.runs import doorbell
from app.runs import rules as runs
from app.runs.kinds import IMPORT
from app.settings import Settings
from app.texts import _

BATCH = 1000
"""Films of one import at most; the rest goes into the next."""
AT_ONCE = 200
"""Files removed in one transaction."""
QUIET = timedelta(seconds=30)
"""A study is still being sent where something arrived so lately."""
LONGEST_WAIT = timedelta(minutes=5)
"""A sender who never pauses does not keep films waiting."""


def start_import(database: Database, settings: Settings, user_id: int | None) -> Run:
    """Start an import of the films that wait, the earliest first, `BATCH` at most.

    They are searched for text where what reads it is installed here.

    Args:
        database: the workspace.
        settings: whose home folder.
        user_id: who asked; None where they are imported as they arrive.

    Raises:
        errors.Conflict: an import is queued or running, or no film waits.
        errors.Refused: the films are on another machine.
    """
    place = Place(settings.home)
    with database.begin() as session:
        query = rules.waiting().limit(BATCH).with_for_update(of=ArrivedFilm)
        films = session.scalars(query).all()
        if not films:
            raise errors.Conflict(
                _("No film waits."), _("arrived films"), _("Send films first, then try again.")
            )
        there = [film for film in films if place.path(film.digest).is_file()]
        if not there:
            raise errors.Refused(
                _("The films that arrived are not in this machine's home folder."),
                "CONDYLE_HOME",
                _("Let receiver, web and workers that decode share the home folder."),
            )
        asked = {
            "paths": [str(place.path(film.digest).resolve()) for film in there],
            "find_text": find_spec("rapidocr") is not None,
        }
        run = runs.request(session, IMPORT, IMPORT.checked(asked), user_id)
        for film in there:
            film.run_id = run.id
    doorbell.ring(run, settings)
    return run


def go_on(database: Database, settings: Settings) -> Run | None:
    """Start an import where films wait and an admin wants them imported as they arrive.

    After an import that failed or was cancelled nothing starts by itself: it would fail again.
    """
    with read_only(database) as session:
        due = _is_due(session)
    if not due or not Place(settings.home).folder.is_dir():
        return None
    with suppress(errors.CondyleError):  # another worker was first, or the films are elsewhere
        return start_import(database, settings, None)
    return None


def active(session: Session) -> int | None:
    """Return the number of the import that is queued or running; None where none is."""
    return session.scalar(
        select(Run.id).where(Run.kind == IMPORT.name, Run.finished_at.is_(None)).limit(1)
    )


def stopped_by(session: Session) -> Run | None:
    """Return the newest import where it did not succeed: then nothing starts by itself."""
    newest = select(Run).where(Run.kind == IMPORT.name, Run.finished_at.is_not(None))
    run = session.scalars(newest.order_by(Run.id.desc()).limit(1)).first()
    return run if run is not None and run.status != "succeeded" else None


def remove_imported(database: Database, settings: Settings) -> None:
    """Remove the files of films whose import has succeeded."""
    place = Place(settings.home)
    if not place.folder.is_dir():
        return  # another machine has them
    query = rules.imported().limit(AT_ONCE)
    while True:
        with read_only(database) as session:
            if session.scalars(query.limit(1)).first() is None:
                return
        with database.begin() as session:
            for film in session.scalars(query.with_for_update(of=ArrivedFilm)):
                place.remove(film.digest)
                film.kept = False


def _is_due(session: Session) -> bool:
    if not rules.imported_by_themselves(session):
        return False
    if active(session) is not None or stopped_by(session) is not None:
        return False
    times = rules.waiting().with_only_columns(
        func.min(ArrivedFilm.arrived_at), func.max(ArrivedFilm.arrived_at)
    )
    earliest, latest = session.execute(times.order_by(None)).one()
    if latest is None:
        return False
    now = moment(session)
    return bool(now - latest > QUIET or now - earliest > LONGEST_WAIT)
