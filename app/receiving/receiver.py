"""A DICOM Storage SCP that says "stored" once a film is on the disk and recorded.

It looks into no film: what a sender claims is found out by the import, in a limited process.
"""

import socketserver
import threading
import time
from collections.abc import Callable
from typing import Any

from pynetdicom import evt
from pynetdicom.events import Event

from app.db.engine import Database, read_only
from app.pacs.film_classes import FILMS
from app.pacs.quiet import be_silent
from app.pacs.uids import is_uid
from app.receiving import rules
from app.receiving.contexts import entity_of
from app.receiving.encodings import beginning_of
from app.receiving.listener import Listener, intake_of, listen
from app.receiving.peers import peers_of
from app.receiving.taking import Taker
from app.receiving.tallies import TAKEN, Sender
from app.settings import Settings

SUCCESS, OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0x0000, 0xA700, 0xC000
"""Answers to C-STORE (PS3.4 table B.2-1)."""
REJECTIONS = {"calling": 0x03, "address": 0x03, "called": 0x07}
"""Reasons of A-ASSOCIATE-RJ (PS3.8 9.3.4)."""
LAST_SECONDS = 10.0
"""How long associations may go on that are open when the receiver is told to stop."""


class Receiver:
    """Takes films for one workspace.

    Args:
        database: migrated.
        settings: who may send, where to listen, and the limits.

    Raises:
        errors.Refused: a setting is wrong, or the port is taken.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._peers = peers_of(settings)
        self._taker = Taker(database, settings)
        be_silent()
        self._listener = listen(entity_of(settings), settings, self._handlers())
        with read_only(database) as session:
            self._taker.place.sweep(rules.kept_digests(session))

    def serve_until(self, told: threading.Event) -> None:
        """Take films until told to stop; what is being sent then may end, for some seconds."""
        threading.Thread(target=self._listener.serve_forever, daemon=True, name="listener").start()
        told.wait()
        socketserver.BaseServer.shutdown(self._listener)
        self._listener.server_close()
        _let_end(self._listener)

    def _handlers(self) -> list[tuple[Any, Callable[..., Any]]]:
        return [
            (evt.EVT_REQUESTED, self._judge),
            (evt.EVT_REJECTED, self._count_rejected),
            (evt.EVT_ACCEPTED, self._look_at_contexts),
            (evt.EVT_C_ECHO, _answer_echo),
            (evt.EVT_C_STORE, self._answer_store),
            (evt.EVT_ABORTED, self._see_the_end),
        ]

    def _judge(self, event: Event) -> None:
        """Reject who may not send, before anything is negotiated."""
        sender = _sender(event)
        why = self._peers.refusal_of(sender)
        if why:
            event.assoc.acse.send_reject(0x01, 0x01, REJECTIONS[why])
            self._taker.count(sender, why)
            # pynetdicom closes the connection when this returns: not before the rejection was sent.
            event.assoc.kill()

    def _count_rejected(self, event: Event) -> None:
        """Count who came when all associations were taken: pynetdicom rejects for nothing else."""
        self._taker.count(_sender(event), "associations")

    def _look_at_contexts(self, event: Event) -> None:
        """Count who offers other objects only: a CT, a report."""
        offered = {context.abstract_syntax for context in event.assoc.rejected_contexts}
        taken = {context.abstract_syntax for context in event.assoc.accepted_contexts}
        if offered and not taken & set(FILMS):
            self._taker.count(_sender(event), "classes")

    def _see_the_end(self, event: Event) -> None:
        """Count an association that ended within a film, of which nothing is left."""
        if intake_of(event.assoc).too_much:
            self._taker.count(_sender(event), "film_size")
        elif event.assoc.dimse.message is not None:
            self._taker.count(_sender(event), "cut")

    def _answer_store(self, event: Event) -> int:
        try:
            return self._store(event, _sender(event))
        finally:
            intake_of(event.assoc).begin()

    def _store(self, event: Event, sender: Sender) -> int:
        request: Any = event.request
        uid = str(request.AffectedSOPInstanceUID or "")
        if request.DataSet is None or not is_uid(uid):
            self._taker.count(sender, "unnamed")
            return CANNOT_UNDERSTAND
        context = event.context
        begins = beginning_of(str(context.abstract_syntax), uid, str(context.transfer_syntax))
        taken = self._taker.take(sender, uid, [begins, request.DataSet.getbuffer()])
        return SUCCESS if taken in TAKEN else OUT_OF_RESOURCES


def _sender(event: Event) -> Sender:
    requestor: Any = event.assoc.requestor
    asked = requestor.primitive
    return Sender(
        str(asked.calling_ae_title).strip(), str(asked.called_ae_title).strip(), requestor.address
    )


def _answer_echo(event: Event) -> int:
    intake_of(event.assoc).begin()
    return SUCCESS


def _let_end(listener: Listener) -> None:
    deadline = time.monotonic() + LAST_SECONDS
    while listener.active_associations and time.monotonic() < deadline:
        time.sleep(0.05)
    for association in listener.active_associations:
        association.abort()
