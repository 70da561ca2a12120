"""Sending mails: a worker does, or `condyle deliver`; the web process never.

One after the other: a server that is slow or away keeps nothing waiting but mails. A worker that
dies between the server's assent and its own commit sends once more, with the same `Message-ID`.
"""

import json
import logging
import threading
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from uuid import uuid4

from app import errors, texts
from app.announcing import TRIAL_BY_MAIL
from app.db.clock import present
from app.db.engine import Database
from app.notifications import mails, words
from app.notifications.mails import Claimed, Outcome
from app.notifications.post import post_of
from app.outgoing import serving, smtp, tries
from app.outgoing.smtp import NotSent, Post
from app.settings import Settings
from app.texts import _

log = logging.getLogger(__name__)

ENCODED = policy.SMTP.clone(cte_type="7bit")
"""What every server takes, also one that knows no 8BITMIME."""


def send_all(database: Database, settings: Settings, stop: threading.Event) -> int:
    """Send the mails that are due, one after the other; return how many tries it took.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells that no more is to be begun.
    """
    claim = partial(mails.claim, owner=uuid4().hex[:12])
    attempt = partial(_tried, settings=settings, database=database)
    return serving.send_all(database, stop, claim, attempt, mails.report)


def composed(claimed: Claimed, post: Post, settings: Settings, at: str) -> bytes:
    """Return a mail as it is sent, in the current language: a sentence, and maybe a link.

    A named list is not called by its name: those words are an admin's own.

    Args:
        claimed: what it tells.
        post: from whom.
        settings: with the address that people use; without one there is no link.
        at: the present moment, as mails have it.
    """
    sentence, path = _("This mail tells of nothing. Mails arrive."), "/notifications"
    if claimed.topic != TRIAL_BY_MAIL:
        data = json.loads(claimed.data)
        sentence, path = words.sentence(claimed.topic, data, None), words.page(claimed.topic, data)
    lines = [sentence]
    if base := settings.public_url.rstrip("/"):
        choice = _("What you are told, and how: {address}", address=f"{base}/notifications/choices")
        lines += ["", base + path, "", choice]
    mail = EmailMessage(policy=ENCODED)
    mail["From"], mail["To"] = _address(post.sender), _address(claimed.address)
    mail["Subject"] = f"Condyle: {sentence}"
    mail["Date"] = at
    mail["Message-ID"] = f"<{claimed.key}@{post.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content("\n".join(lines) + "\n")
    return mail.as_bytes()


def _address(written: str) -> Address:
    """Return an address for a header, taken as it is."""
    name, _at, domain = written.rpartition("@")
    return Address(username=name, domain=domain)


def _tried(claimed: Claimed, settings: Settings, database: Database) -> Outcome:
    if claimed.attempts > tries.most():
        return Outcome("interrupted", lasting=True)
    if claimed.fault:
        return Outcome(claimed.fault, lasting=True)
    try:
        post = post_of(settings)
    except errors.Refused:
        return Outcome("settings")
    at = format_datetime(present(database))
    theirs = texts.or_current(claimed.language or settings.language)
    try:
        with texts.speaking(theirs):
            mail = composed(claimed, post, settings, at)
    except Exception as error:  # of any kind: one mail must not keep the others from being sent
        log.warning("mail %s could not be written (%s)", claimed.mail_id, type(error).__name__)
        return Outcome("unwritable", lasting=True)
    try:
        smtp.send(post, mail, claimed.address)
    except NotSent as error:
        return Outcome(error.fault, error.status, error.answer, error.lasting)
    return Outcome()
