"""Who may not send is told so, and why."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.uid import UID
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    MaximumLengthNotification,
)
from pynetdicom.presentation import build_context
from support.peers import Peer, arrived, counted, film, wait_until

from app.db.engine import Database
from app.receiving.contexts import VERIFICATION

Open = Callable[..., Peer]
REJECTED = b"\x03"
"""How an A-ASSOCIATE-RJ PDU begins (PS3.8 9.3.4)."""


@pytest.mark.parametrize(
    ("calling", "called", "why", "words"),
    [
        ("NOBODY", "CONDYLE", "calling", "Calling AE Title Not Recognized"),
        ("PACS2", "CONDYLE", "address", "Calling AE Title Not Recognized"),
        ("PACS1", "ELSEWHERE", "called", "Called AE Title Not Recognized"),
    ],
)
def test_who_is_not_on_the_list_is_rejected_and_counted(
    sqlite_database: Database,
    open_receiver: Open,
    tmp_path: Path,
    calling: str,
    called: str,
    why: str,
    words: str,
) -> None:
    peer = open_receiver(sqlite_database)
    peer.title, peer.called = calling, called
    refused = peer.run("storescu", film(tmp_path / "a.dcm", 1))
    assert refused.returncode != 0
    assert words in refused.stderr
    assert arrived(sqlite_database) == []
    wait_until(lambda: counted(sqlite_database) == {(calling, why): 1})


def test_who_is_rejected_hears_so_however_busy_the_receiver_is(
    sqlite_database: Database, open_receiver: Open
) -> None:
    peer, over = open_receiver(sqlite_database), threading.Event()
    busy = [threading.Thread(target=keep_busy, args=[over]) for _ in range(4)]
    for each in busy:
        each.start()
    try:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", peer.port)) as connection:
                connection.sendall(request_of("NOBODY"))
                assert connection.recv(64)[:1] == REJECTED
    finally:
        over.set()
        for each in busy:
            each.join()


def keep_busy(over: threading.Event) -> None:
    while not over.is_set():
        sum(range(1000))


def request_of(title: str) -> bytes:
    """Return what a sender of a title begins with."""
    asked = A_ASSOCIATE()
    asked.application_context_name = UID("1.2.840.10008.3.1.1.1")
    asked.calling_ae_title, asked.called_ae_title = title, "CONDYLE"
    context = build_context(VERIFICATION)
    context.context_id = 1
    asked.presentation_context_definition_list = [context]
    length, implementation = MaximumLengthNotification(), ImplementationClassUIDNotification()
    length.maximum_length_received = 16_384
    implementation.implementation_class_uid = UID("1.2.3")
    asked.user_information = [length, implementation]
    request = A_ASSOCIATE_RQ()
    request.from_primitive(asked)
    return bytes(request.encode())
