"""Sending what is in the outbox: a worker does, or `condyle deliver`; the web process never.

Any number of processes may do it: each object is claimed before it is sent, and keeps its UID, so
that a PACS which got it twice has it once.
"""

import logging
import threading
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Protocol
from uuid import uuid4

from pydicom import dcmread
from pydicom.dataset import Dataset
from sqlalchemy.orm import Session

from app import errors
from app.db.engine import Database, read_only
from app.imaging import pseudonyms
from app.outbox import claiming, due, reports, selections
from app.outbox.answers import is_lasting
from app.outbox.claiming import Claimed, Mailbag, Outcome
from app.outbox.filling import fill
from app.outgoing import serving, tries
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
TRY_SECONDS = 120
"""For how long a try is its owner's, beside what the PACS may take to connect and to answer."""


class Claim(Protocol):
    """Takes what is due of a kind for the longest, for one try; None where nothing is."""

    def __call__(self, session: Session, bag: Mailbag) -> Claimed | None: ...


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
    now_and_then = serving.every(FILL_EVERY, partial(fill, database, post.seal.name))

    def look() -> None:
        now_and_then()
        with read_only(database) as session:
            waits = due.is_due(session)
        if waits:
            send_all(database, post, stop)

    serving.serve("the outbox", look, stop, PAUSE)


def send_all(database: Database, post: Post, stop: threading.Event) -> int:
    """Send what is due, reports first, one after the other; return how many tries it took.

    Where the PACS is not reached, that was a try for all of its kind that is due.

    Args:
        database: the sessionmaker.
        post: where to.
        stop: tells that no more is to be begun.
    """
    return sum(_send(database, post, stop, claim) for claim in CLAIMS if not stop.is_set())


def _send(database: Database, post: Post, stop: threading.Event, claim: Claim) -> int:
    """Send what is due of a kind, over a line of its own: a PACS may take one and not the other."""

    def report(session: Session, claimed: Claimed, outcome: Outcome) -> bool:
        claiming.report(session, claimed, outcome)
        if not outcome.reached:
            claiming.put_off(session, claimed.kind, post.bag, outcome.fault)
        return outcome.reached

    line = line_to(post.to, post.ours, post.seconds)
    try:
        attempt = partial(_tried, post=post, line=line)
        return serving.send_all(database, stop, partial(claim, bag=post.bag), attempt, report)
    finally:
        line.hang_up()


def _tried(claimed: Claimed, post: Post, line: Line) -> Outcome:
    """Send an object once; return what came of it."""
    if claimed.attempts > tries.most():
        return Outcome(fault="interrupted", lasting=True)
    try:
        whole = _as_read_back(claimed.written(post.seal, post.bag.key))
    except errors.Refused:
        return Outcome(fault="no_reference", lasting=True)
    except Exception as error:  # its words may quote what the PACS calls the film
        what = claimed.kind.name, claimed.row, type(error).__name__
        log.warning("%s %s is not written (%s)", *what)
        return Outcome(fault="not_written", lasting=True)
    try:
        answer = line.store(whole)
    except NotReached as error:
        return Outcome(fault=error.fault, reached=False)
    if answer.status is None:
        return Outcome(fault=answer.fault, lasting=answer.lasting)
    lasting = not answer.stored and is_lasting(answer.status)
    return Outcome(answer.status, stored=answer.stored, lasting=lasting)


def _as_read_back(whole: Dataset) -> Dataset:
    """Return an object as it is read from a file."""
    file = BytesIO()
    whole.save_as(file, enforce_file_format=True)
    file.seek(0)
    return dcmread(file)
