"""The TCP side of the receiver: pynetdicom's server with bounds on what a peer can make it hold.

pynetdicom believes a peer's lengths, waits for ever within a PDU, and shakes hands for TLS in the
thread that accepts connections; see `docs/decisions/234-pynetdicom.md`.
"""

import logging
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from app import errors
from app.settings import Settings

log = logging.getLogger(__name__)

LARGEST_REQUEST = 128 * 1024
"""Bytes of a request for an association, which states no limit: 128 contexts fit."""
THREADS_EACH, THREADS_BESIDE = 4, 32
"""Threads of the process at most, by association and in all: an association has two, and as many
more connections may ask and be told that all places are taken."""


class TooMuch(OSError):
    """A peer sends more than it may; its connection ends."""


class Intake:
    """Counts what a peer sends for one message, and ends its connection where that is too much.

    Args:
        connection: to the peer; has a timeout.
        largest_pdu: bytes that one PDU may have.
        largest_film: bytes that one message may have.
    """

    def __init__(self, connection: socket.socket, largest_pdu: int, largest_film: int) -> None:
        self._connection = connection
        self._largest_pdu = largest_pdu
        self._largest_film = largest_film
        self._received = 0
        self.too_much = False

    def begin(self) -> None:
        """Count from nothing: a message has been dealt with."""
        self._received = 0

    def recv(self, wanted: int) -> bytearray:
        """Return so many bytes, or fewer where the connection ended.

        Raises:
            TooMuch: they are more than the peer may send.
            OSError: the connection is broken, or nothing came for too long.
        """
        self._received += wanted
        if wanted > self._largest_pdu or self._received > self._largest_film:
            self.too_much = True
            raise TooMuch("a peer sends more than it may")
        found = bytearray(wanted)
        view, done = memoryview(found), 0
        while done < wanted:
            count = self._connection.recv_into(view[done:])
            if not count:
                break
            done += count
        view.release()
        del found[done:]
        return found


_intakes: WeakKeyDictionary[Association, Intake] = WeakKeyDictionary()


def intake_of(association: Association) -> Intake:
    """Return what counts the bytes of an association."""
    return _intakes[association]


class _Handler(RequestHandler):
    server: "Listener"

    def _create_association(self) -> Association:
        association = super()._create_association()
        intake = Intake(self.request, *self.server.bounds)
        _intakes[association] = intake
        bound: Any = association.dul.socket
        bound.recv = intake.recv
        return association


class Listener(ThreadedAssociationServer):
    """Accepts connections, each in a thread of its own from its first byte on."""

    daemon_threads = True
    request_queue_size = 64
    bounds: tuple[int, int]
    seconds: float

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; what is slow about it is done by its own thread."""
        assert self.socket is not None
        connection, address = self.socket.accept()
        connection.settimeout(self.seconds)
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Refuse connections beyond what can be told that there are too many."""
        most = THREADS_EACH * self.ae.maximum_associations + THREADS_BESIDE
        return threading.active_count() < most

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands where films come encrypted, then wait for what the peer asks."""
        if self.ssl_context is not None:
            request = self.ssl_context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say that a connection came to nothing: a scan of ports, a peer without TLS."""
        log.info("a connection from %s came to nothing", client_address[0])


def listen(
    entity: ApplicationEntity, settings: Settings, handlers: list[tuple[Any, Callable[..., Any]]]
) -> Listener:
    """Take the port.

    Args:
        entity: with the contexts it supports.
        settings: where to listen, and the limits.
        handlers: pynetdicom's events, each with what is called.

    Raises:
        errors.Refused: somebody else listens there, or a certificate cannot be used.
    """
    where = f"{settings.dicom_host}:{settings.dicom_port}"
    try:
        made = entity.make_server(
            (settings.dicom_host, settings.dicom_port),
            evt_handlers=list(handlers),
            ssl_context=_encryption(settings),
            server_class=Listener,
            request_handler=_Handler,
        )
    except OSError as error:
        raise errors.Refused(
            f"The receiver cannot listen here: {error.strerror}.",
            where,
            "Stop what listens there, or set CONDYLE_DICOM_HOST and CONDYLE_DICOM_PORT.",
        ) from error
    assert isinstance(made, Listener)
    made.seconds = settings.dicom_seconds
    pdu = max(settings.dicom_pdu_kb * 1024, LARGEST_REQUEST)
    made.bounds = (pdu, settings.dicom_film_mb * 2**20)
    return made


def _encryption(settings: Settings) -> ssl.SSLContext | None:
    """Return how films are encrypted on their way; None where no certificate is set."""
    certificate, key = settings.dicom_certificate, settings.dicom_certificate_key
    if not any((certificate, key, settings.dicom_authorities)):
        return None
    if not (certificate and key):
        raise errors.Refused(
            "A certificate needs its key, and the other way round.",
            "CONDYLE_DICOM_CERTIFICATE, CONDYLE_DICOM_CERTIFICATE_KEY",
            "Set both, or none of the settings for TLS.",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
        if settings.dicom_authorities:
            context.load_verify_locations(settings.dicom_authorities)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise errors.Refused(
            f"The certificate cannot be used: {error.strerror or 'it is damaged'}.",
            "CONDYLE_DICOM_CERTIFICATE, CONDYLE_DICOM_CERTIFICATE_KEY, CONDYLE_DICOM_AUTHORITIES",
            "Name PEM files that the user of the receiver may read, the key without a password.",
        ) from error
    return context
