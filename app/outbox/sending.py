"""Sending what is in the outbox: a worker does, or `condyle deliver`; the web process never.

Any number of processes may do it: each object is claimed before it is sent, and keeps its UID, so
that a PACS which got it twice has it once.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from uuid import uuid4

from pydicom import dcmread
from pydicom.dataset import Dataset
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import errors
from app.db.engine import Database, read_only
from app.imaging import pseudonyms
from app.outbox import claiming, due, reports, selections
from app.outbox.answers import is_lasting
from app.outbox.claiming import Claimed, Mailbag, Outcome
from app.outbox.filling import fill
from app.outgoing import tries
from app.pacs.seal import Seal, seal_of
from app.pacs.web_server import NotReached
from app.settings import Settings
from app.write_back.destinations import AnyDestination, destination_of, our_title
from app.write_back.sending import Line, line_to

log = logging.getLogger(__name__)

SETTING = "CONDYLE_WRITE_BACK_TO"
PAUSE = 2.0
"""Seconds between two looks at what is due."""
FILL_EVERY = 30.0
"""Seconds between two looks for decisions that are not in the outbox yet."""
AFTER_ERROR = 10.0
"""Seconds until the next look where the database or the disk is in the way."""
TRY_SECONDS = 120
"""For how long a try is its owner's, beside what the PACS may take to connect and to answer."""

Claim = Callable[[Session, Mailbag], Claimed | None]
CLAIMS: tuple[Claim, ...] = (reports.claim, selections.claim)


@dataclass(frozen=True)
class Post:
    """Where the outbox goes, and what is needed to write it.

    Attributes:
        to: the PACS.
        ours: the AE title that we call ourselves.
        seconds: after which a PACS that says nothing is given up.
        seal: opens what films are called there.
        bag: by which it is claimed.
    """

    to: AnyDestination
    ours: str
    seconds: float
    seal: Seal
    bag: Mailbag


def post_of(settings: Settings) -> Post:
    """Return where reports go.

    Raises:
        errors.Refused: the destination or the key cannot be used.
    """
    to, seal = destination_of(settings.write_back_to, settings, SETTING), seal_of(settings)
    if seal is None:
        raise errors.Refused(
            "It is not known what films are called in the PACS.",
            "CONDYLE_WRITE_BACK_KEY",
            "Set it to a file with a key (`openssl rand -hex 32 > FILE`), then import films.",
        )
    seconds = settings.dicom_seconds
    key = pseudonyms.load_key(settings.home)
    bag = Mailbag(uuid4().hex[:12], seal.name, key, str(to), TRY_SECONDS + 3 * seconds)
    return Post(to, our_title(settings), seconds, seal, bag)


def serve(database: Database, post: Post, stop: threading.Event) -> None:
    """Fill the outbox and send what is due until told to stop.

    Args:
        database: the sessionmaker.
        post: where to.
        stop: tells so.
    """
    filled = float("-inf")
    while not stop.wait(PAUSE):
        try:
            if time.monotonic() - filled > FILL_EVERY:
                filled = time.monotonic()
                fill(database, post.seal.name)
            with read_only(database) as session:
                waits = due.is_due(session)
            if waits:
                send_all(database, post, stop)
        except (OperationalError, OSError) as error:
            log.warning("the outbox has to wait (%s)", type(error).__name__)
            stop.wait(AFTER_ERROR)
        except Exception as error:  # its words may quote what a report says
            log.error("the outbox has to wait: %s, not foreseen", type(error).__name__)
            stop.wait(AFTER_ERROR)


def send_all(database: Database, post: Post, stop: threading.Event) -> int:
    """Send what is due, reports first, one after the other; return how many tries it took.

    What came of one is written with the claim of the next. Where the PACS is not reached, that was
    a try for all of its kind that is due.

    Args:
        database: the sessionmaker.
        post: where to.
        stop: tells that no more is to be begun.
    """
    return sum(_send(database, post, stop, claim) for claim in CLAIMS if not stop.is_set())


def _send(database: Database, post: Post, stop: threading.Event, claim: Claim) -> int:
    """Send what is due of a kind, over a line of its own: a PACS may take one and not the other."""
    made, line = 0, line_to(post.to, post.ours, post.seconds)
    try:
        with database.begin() as session:
            claimed = claim(session, post.bag)
        while claimed is not None:
            made += 1
            outcome, reached = _tried(claimed, post, line)
            with database.begin() as session:
                claiming.report(session, claimed, outcome)
                if not reached:
                    claiming.put_off(session, claimed.kind, post.bag, outcome.fault)
                go_on = reached and not stop.is_set()
                claimed = claim(session, post.bag) if go_on else None
    finally:
        line.hang_up()
    return made


def _tried(claimed: Claimed, post: Post, line: Line) -> tuple[Outcome, bool]:
    """Send an object once; return what came of it, and whether the PACS was reached."""
    if claimed.attempts > tries.most():
        return Outcome(fault="interrupted", lasting=True), True
    try:
        whole = _as_read_back(claimed.written(post.seal, post.bag.key))
    except errors.Refused:
        return Outcome(fault="no_reference", lasting=True), True
    except Exception as error:  # its words may quote what the PACS calls the film
        what = claimed.kind.name, claimed.row, type(error).__name__
        log.warning("%s %s is not written (%s)", *what)
        return Outcome(fault="not_written", lasting=True), True
    try:
        answer = line.store(whole)
    except NotReached as error:
        return Outcome(fault=error.fault), False
    if answer.status is None:
        return Outcome(fault=answer.fault, lasting=answer.lasting), True
    lasting = not answer.stored and is_lasting(answer.status)
    return Outcome(answer.status, stored=answer.stored, lasting=lasting), True


def _as_read_back(whole: Dataset) -> Dataset:
    """Return an object as it is read from a file."""
    file = BytesIO()
    whole.save_as(file, enforce_file_format=True)
    file.seek(0)
    return dcmread(file)
