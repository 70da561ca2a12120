#!/usr/bin/env bash
# pynetdicom 3.0.4 may close a connection before it has sent the rejection that a handler of EVT_REQUESTED asked for.
#
# EVT_REQUESTED is the place to decide who may send, and its handler may reject with `acse.send_reject`: the
# association then skips the negotiation because `is_rejected` is set. One would expect the peer to get the
# A-ASSOCIATE-RJ with its reason, as it does where `require_calling_aet` rejects. But `send_reject` only queues it for
# another thread, and the association closes the socket as soon as the handler returns. On an idle machine the other
# thread is quicker; where the process is busy the peer sees the connection end, DCMTK says "Peer aborted
# Association (or never connected)", and nobody learns which title was wrong. pynetdicom's own rejections wait, by
# `assoc.kill()`, until it is sent; a handler that calls it after `send_reject` does, too.
#
# Seen with pynetdicom 3.0.4, four busy threads beside it, 40 associations (the first number differs each time):
# rejected by the handler                    1 hears so
# rejected by the handler, then kill()       40
# rejected by require_calling_aet            40
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pynetdicom==3.0.4 pydicom==3.0.2
timeout 300 "$folder/venv/bin/python" - <<'PYTHON'
import socket
import threading

from pydicom.uid import UID
from pynetdicom import AE, build_context, evt
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, ImplementationClassUIDNotification, MaximumLengthNotification

VERIFICATION, TIMES = "1.2.840.10008.1.1", 40


def request():
    asked = A_ASSOCIATE()
    asked.application_context_name = UID("1.2.840.10008.3.1.1.1")
    asked.calling_ae_title, asked.called_ae_title = "NOBODY", "ARCHIVE"
    context = build_context(VERIFICATION)
    context.context_id = 1
    asked.presentation_context_definition_list = [context]
    length, made_by = MaximumLengthNotification(), ImplementationClassUIDNotification()
    length.maximum_length_received, made_by.implementation_class_uid = 16_384, UID("1.2.3")
    asked.user_information = [length, made_by]
    pdu = A_ASSOCIATE_RQ()
    pdu.from_primitive(asked)
    return pdu.encode()


def told(handlers, listed=()):
    """Ask for associations one after the other; return how many were told that they are rejected."""
    entity = AE("ARCHIVE")
    entity.add_supported_context(VERIFICATION)
    entity.require_calling_aet = list(listed)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    heard = 0
    for _ in range(TIMES):
        with socket.create_connection(server.socket.getsockname(), 30) as connection:
            connection.sendall(request())
            try:
                heard += connection.recv(64)[:1] == b"\x03"
            except ConnectionResetError:
                pass
    server.shutdown()
    return heard


def reject(event):
    event.assoc.acse.send_reject(1, 1, 3)


def reject_and_wait(event):
    reject(event)
    event.assoc.kill()


over = threading.Event()


def busy():
    while not over.is_set():
        sum(range(1000))


for _ in range(4):
    threading.Thread(target=busy, daemon=True).start()
plain = told([(evt.EVT_REQUESTED, reject)])
waited = told([(evt.EVT_REQUESTED, reject_and_wait)])
own = told([], ["SOMEBODY"])
over.set()
print(f"told of {TIMES}: by a handler {plain}, with kill() {waited}, by require_calling_aet {own}")
assert plain < TIMES and waited == own == TIMES, "pynetdicom behaves otherwise now"
PYTHON
