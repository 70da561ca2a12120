"""Sending what webhooks are told: a worker does, or `condyle deliver`; the web process never.

A thread for each webhook that has something due, so that one whose receiver is slow or away keeps
no other waiting. Any number of processes may do it: each delivery is claimed before it is tried.
"""

import http.client
import logging
import ssl
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version
from uuid import uuid4

from sqlalchemy.exc import OperationalError
from standardwebhooks import Webhook as Signer

from app import logs
from app.db.clock import moment, present
from app.db.engine import Database, read_only
from app.outgoing import serving, tries
from app.outgoing.address import Network, parse, resolve
from app.outgoing.connection import Reply, post, seconds_of
from app.settings import Settings
from app.webhooks import addresses, deliveries
from app.webhooks.deliveries import Claimed, Outcome

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two looks at what is due."""
FORGET_EVERY = 3600.0
SECONDS = 10.0
"""That one try may take, with finding the name."""
AGENT = f"Condyle/{version('condyle')}"
SHOWN_BYTES = 500
"""Of an answer: what an admin needs to see what is wrong."""


def serve(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Deliver what is due until told to stop.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells so.
    """
    owner, busy = uuid4().hex[:12], dict[int, threading.Thread]()
    now_and_then = serving.every(FORGET_EVERY, partial(forget, database))

    def look() -> None:
        networks = addresses.listed(settings)
        with read_only(database) as session:
            waiting = deliveries.due(session)
        for webhook_id in waiting:
            if webhook_id not in busy or not busy[webhook_id].is_alive():
                asked = (database, networks, webhook_id, f"{owner} {webhook_id}", stop)
                busy[webhook_id] = threading.Thread(target=_tell, args=asked, daemon=True)
                busy[webhook_id].start()
        now_and_then()

    serving.serve("webhooks", look, stop, PAUSE)
    for thread in busy.values():  # what came of their last try is to be written down
        thread.join(serving.ENDING_SECONDS)


def deliver_all(
    database: Database,
    networks: Sequence[Network],
    webhook_id: int,
    owner: str,
    stop: threading.Event,
) -> int:
    """Deliver what is due for a webhook, one thing after the other; return how many tries it took.

    Args:
        database: the sessionmaker.
        networks: that an admin has listed.
        webhook_id: which.
        owner: a name nobody else claims by.
        stop: tells that no more is to be begun.
    """
    claim = partial(deliveries.claim, webhook_id=webhook_id, owner=owner)
    attempt = partial(_tried, networks=networks, database=database)
    return serving.send_all(database, stop, claim, attempt, deliveries.report)


def send(claimed: Claimed, networks: Sequence[Network], now: datetime) -> Outcome:
    """Send a delivery once; return what came of it.

    Args:
        claimed: the delivery.
        networks: that an admin has listed.
        now: the present moment, UTC, which is signed.
    """
    began = time.monotonic()
    server = parse(claimed.address)
    try:
        numbers = resolve(server)
    except (OSError, UnicodeError):
        return Outcome(fault="unknown_name")
    if not addresses.allows(server, numbers, networks):
        return Outcome(fault="not_allowed", lasting=True)
    left = SECONDS - (time.monotonic() - began)
    if left <= 0:
        return Outcome(fault="time_out")
    try:
        body = claimed.body.encode()
        reply = post(server, numbers, body, _headers(claimed, now), left, SHOWN_BYTES)
    except TimeoutError:
        return Outcome(fault="time_out")
    except ssl.SSLCertVerificationError:
        return Outcome(fault="certificate")
    except OSError:
        return Outcome(fault="no_connection")
    except (ValueError, http.client.HTTPException):
        return Outcome(fault="no_http")
    return _outcome_of(reply)


def forget(database: Database) -> None:
    """Remove what ended long ago, a portion at a time."""
    while True:
        with read_only(database) as session:
            if not deliveries.has_old(session, moment(session)):
                return
        with database.begin() as session:
            deliveries.forget_old(session, moment(session))


def _tell(
    database: Database,
    networks: Sequence[Network],
    webhook_id: int,
    owner: str,
    stop: threading.Event,
) -> None:
    try:
        deliver_all(database, networks, webhook_id, owner, stop)
    except OperationalError as error:
        # What is in hand is due again when its time is over, as after a kill.
        log.warning("webhook %s has to wait (%s)", webhook_id, type(error).__name__)
    except Exception as error:
        said = logs.described(error)
        log.error("webhook %s could not be told; it is tried again: %s", webhook_id, said)


def _tried(claimed: Claimed, networks: Sequence[Network], database: Database) -> Outcome:
    if claimed.attempts > tries.most():
        return Outcome(fault="interrupted", lasting=True)
    return send(claimed, networks, present(database))


def _headers(claimed: Claimed, now: datetime) -> dict[str, str]:
    signed = [Signer(each).sign(claimed.key, now, claimed.body) for each in claimed.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Connection": "close",
        "webhook-id": claimed.key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def _outcome_of(reply: Reply) -> Outcome:
    text = reply.body.decode("utf-8", "replace")
    shown = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return Outcome(reply.status, shown, wait=seconds_of(reply.retry_after))
