"""One request over HTTP, to an address that was checked, within a time and a size.

No redirect is followed and no proxy of the environment is used: what is sent goes where the admin
said or nowhere.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from app.outgoing.address import Server


@dataclass(frozen=True)
class Reply:
    """What an HTTP server answered.

    Attributes:
        status: of HTTP.
        retry_after: the header of that name, "" where there is none.
        body: its first bytes, as many as were asked for at most.
        content_type: the header of that name, "" where there is none.
        whole: whether it did not break off before the length it had announced.
    """

    status: int
    retry_after: str
    body: bytes
    content_type: str = ""
    whole: bool = True


class _Connection(http.client.HTTPConnection):
    """Connects to IP addresses given beforehand; TLS is verified for the name."""

    def __init__(self, server: Server, numbers: list[str], seconds: float) -> None:
        super().__init__(server.host, server.port, timeout=seconds)
        self.default_port = 443 if server.scheme == "https" else 80  # for the Host header
        self._numbers = numbers
        self._seconds = seconds
        self._line: socket.socket | None = None  # `sock` is forgotten when a body has no length
        self._encrypted = server.scheme == "https"

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
    server: Server,
    numbers: list[str],
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    most: int,
) -> Reply:
    """Send a body, and return what is answered.

    Args:
        server: where to.
        numbers: the IP addresses of it that were checked.
        body: what is sent.
        headers: beside those of HTTP.
        seconds: that everything together may take, however slowly it drips in.
        most: bytes of the answer that are read.

    Returns:
        The reply, whatever its status.

    Raises:
        TimeoutError: it took longer.
        OSError, http.client.HTTPException: there is no connection, or no HTTP on it.
    """
    return _asked("POST", server, numbers, body, headers, seconds, most)


def get(
    server: Server, numbers: list[str], headers: Mapping[str, str], seconds: float, most: int
) -> Reply:
    """Ask for something; as `post`, without a body."""
    return _asked("GET", server, numbers, None, headers, seconds, most)


def _asked(
    method: str,
    server: Server,
    numbers: list[str],
    body: bytes | None,
    headers: Mapping[str, str],
    seconds: float,
    most: int,
) -> Reply:
    connection = _Connection(server, numbers, seconds)
    try:
        with _deadline(connection, seconds):
            connection.request(method, server.path or "/", body, dict(headers))
            reply = connection.getresponse()
            read = reply.read(most)
            cut = bool(reply.length) and len(read) < most  # http.client takes it for the whole
    finally:
        connection.close()
    said = [reply.getheader(name) or "" for name in ("Retry-After", "Content-Type")]
    return Reply(reply.status, said[0], read, said[1], whole=not cut)


def seconds_of(retry_after: str) -> float:
    """Return how long a header `Retry-After` asks to wait: seconds or a date, RFC 9110, 10.2.3.

    Args:
        retry_after: the header; 0 is returned for what is neither.
    """
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - time.time())


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
