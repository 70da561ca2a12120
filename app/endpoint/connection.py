"""One request over HTTP, to an address that was checked, within a time and a size.

No redirect is followed and no proxy of the environment is used: a report goes where the admin said
or nowhere.
"""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from app.endpoint.address import Address

MOST_BYTES = 2**20
"""Of an answer's body; a chat completion of this use has some hundred."""


class TooLarge(Exception):
    """The body of the answer is larger than `MOST_BYTES`."""


@dataclass(frozen=True)
class Reply:
    """What an HTTP server answered.

    Attributes:
        status: of HTTP.
        retry_after: the header of that name, "" where there is none.
        body: whole.
    """

    status: int
    retry_after: str
    body: bytes


class _Connection(http.client.HTTPConnection):
    """Connects to IP addresses given beforehand; TLS is verified for the name."""

    def __init__(self, address: Address, numbers: list[str], seconds: float) -> None:
        super().__init__(address.host, address.port, timeout=seconds)
        self.default_port = 443 if address.scheme == "https" else 80  # for the Host header
        self._numbers = numbers
        self._seconds = seconds
        self._line: socket.socket | None = None  # `sock` is forgotten when a body has no length
        self._encrypted = address.scheme == "https"

    def connect(self) -> None:
        """Try one IP address after the other."""
        for number in self._numbers[:-1]:
            with suppress(OSError):
                return self._open(number)
        return self._open(self._numbers[-1])

    def hang_up(self) -> None:
        """End the connection from another thread: whoever reads from it is told."""
        if self._line is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def _open(self, number: str) -> None:
        line = socket.create_connection((number, self.port), self._seconds / len(self._numbers))
        try:
            line.settimeout(self._seconds)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._encrypted:
                line = ssl.create_default_context().wrap_socket(
                    line, server_hostname=self.host, do_handshake_on_connect=False
                )
            self.sock = self._line = line
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
        except OSError:
            line.close()
            raise


def post(
    address: Address, numbers: list[str], body: Any, headers: Mapping[str, str], seconds: float
) -> Reply:
    """Send JSON, and return what is answered.

    Args:
        address: where to.
        numbers: the IP addresses of it that were checked.
        body: JSON.
        headers: beside those of HTTP.
        seconds: that everything together may take, however slowly it drips in.

    Returns:
        The reply, whatever its status.

    Raises:
        TimeoutError: it took longer.
        TooLarge: the body has more than `MOST_BYTES`.
        OSError, http.client.HTTPException: there is no connection, or no HTTP on it.
    """
    connection = _Connection(address, numbers, seconds)
    data = json.dumps(body).encode()
    try:
        with _deadline(connection, seconds):
            connection.request("POST", address.path, data, dict(headers))
            reply = connection.getresponse()
            read = reply.read(MOST_BYTES + 1)
    finally:
        connection.close()
    if len(read) > MOST_BYTES:
        raise TooLarge
    return Reply(reply.status, reply.getheader("Retry-After") or "", read)


@contextmanager
def _deadline(connection: _Connection, seconds: float) -> Iterator[None]:
    """Hang up when the time is over: a time-out of a socket begins anew with each byte."""
    over = threading.Event()

    def end() -> None:
        over.set()
        connection.hang_up()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, ValueError, http.client.HTTPException) as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if over.is_set():  # a body without a length just ends
        raise TimeoutError
