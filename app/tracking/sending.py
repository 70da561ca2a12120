"""Telling runs to a tracking server: a worker does beside its runs, or `condyle deliver`.

The web process never does. Any number of processes may: each run is claimed before it is told, and
found again by its key, so that one which was told by halves is told to its end and not twice.
"""

import logging
import threading
from functools import partial
from uuid import uuid4

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import errors
from app.db.engine import Database, read_only
from app.export.provenance import Made, made_by
from app.imaging.stores import open_store
from app.outgoing import serving
from app.settings import Settings
from app.tracking import rules
from app.tracking.facts import told_of
from app.tracking.rules import Claimed
from app.tracking.server import NotTold, TrackingServer, server_of

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two looks at what is due."""
FILL_EVERY = 30.0
"""Seconds between two looks for runs that have succeeded."""
AFTER_ERROR = 30.0
"""Seconds until the next look where the server is in the way."""


def serve(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Tell runs until told to stop; nothing where no server is set.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells so.
    """
    if not settings.mlflow_url:
        return
    try:
        server = server_of(settings)
        made = made_by(open_store(settings), settings.home)
    except errors.CondyleError as error:
        log.error("no run is told to the MLflow server: %s", error)
        return
    now_and_then = serving.every(FILL_EVERY, partial(rules.fill, database))

    def look() -> None:
        now_and_then()
        with read_only(database) as session:
            waits = rules.is_due(session)
        if waits and not tell_all(database, server, made, stop):
            stop.wait(AFTER_ERROR)

    serving.serve("the MLflow server", look, stop, PAUSE)


def tell_all(database: Database, server: TrackingServer, made: Made, stop: threading.Event) -> bool:
    """Tell what is due, one run after the other; all wait once the server is not reached.

    Args:
        database: the sessionmaker.
        server: whom.
        made: as `app.export.provenance.made_by` returns it.
        stop: tells that no more is to be begun.

    Returns:
        Whether the server was reached.
    """
    reached = True

    def report(session: Session, claimed: Claimed, tried: tuple[str, bool]) -> bool:
        nonlocal reached
        fault, reached = tried
        if not reached:  # the others first: a run that takes too long is then behind them
            rules.put_off(session, fault)
        rules.report(session, claimed, fault)
        return reached

    claim = partial(rules.claim, owner=uuid4().hex[:12])
    attempt = partial(_tried, database=database, server=server, made=made)
    serving.send_all(database, stop, claim, attempt, report)
    return reached


def _tried(
    claimed: Claimed, database: Database, server: TrackingServer, made: Made
) -> tuple[str, bool]:
    """Tell one run; return why it did not get there, if so, and whether the server was reached."""
    try:
        server.tell(claimed.key, told_of(database, claimed.run_id, made))
    except NotTold as error:
        return error.what, error.reached
    except (OperationalError, OSError, errors.CondyleError) as error:
        return f"The run could not be read ({type(error).__name__}).", True
    except Exception as error:  # its words may quote what the server said
        log.error("run %s is not told: %s, not foreseen", claimed.run_id, type(error).__name__)
        return f"What the server said was not foreseen ({type(error).__name__}).", True
    return "", True
