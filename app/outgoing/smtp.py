"""One mail by SMTP (RFC 5321), to a server whose address was checked, within a time.

TLS from the start (`smtps`) or by STARTTLS (RFC 3207), and its certificate is verified for the
server's name. Unencrypted a mail goes to this machine and to private addresses alone, and a
password never.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.outgoing.address import Server, Unusable, is_private, is_public, resolve

PORTS = {"smtp": 587, "smtps": 465}
SECONDS = 30.0
"""That one mail may take, however slowly the server answers."""
LONGEST = 300
"""Letters of an answer that are kept."""


class NotSent(Exception):
    """A mail was not taken.

    Attributes:
        fault: why, of `app.notifications.faults`.
        status: of SMTP, None where the server did not answer.
        answer: what the server said, its first letters.
        lasting: whether another try would bring the same.
    """

    def __init__(
        self, fault: str, status: int | None = None, answer: str = "", lasting: bool = False
    ) -> None:
        super().__init__(fault)
        self.fault, self.status, self.answer, self.lasting = fault, status, answer, lasting


@dataclass(frozen=True)
class Post:
    """A mail server, and how it is used.

    Attributes:
        server: with `smtp` or `smtps` as its scheme.
        sender: the address that mails come from.
        name: to log in with; "" for no log-in.
        password: beside it.
        authorities: PEM file of those it is trusted by; "" for the machine's.
    """

    server: Server
    sender: str
    name: str = ""
    password: str = field(default="", repr=False)
    authorities: str = ""


def parse(url: str) -> Server:
    """Read the address of a mail server; nothing is looked up.

    Args:
        url: `smtp://host` or `smtps://host`, with a port or without.

    Raises:
        Unusable: it is none, or holds more than that; its text says why.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise Unusable("it cannot be read") from error
    if parts.scheme not in PORTS or not host:
        raise Unusable("it does not begin with smtp:// or smtps:// and a host")
    if parts.username is not None or parts.password is not None:
        raise Unusable("it holds a name or a password")
    if parts.query or parts.fragment or parts.path.strip("/"):
        raise Unusable("it holds more than a host and a port")
    return Server(parts.scheme, host, port, "")


def send(post: Post, mail: bytes, recipient: str) -> None:
    """Send one mail to one recipient.

    Args:
        post: by which server, and from whom.
        mail: with its headers, and the line ends of SMTP.
        recipient: the address.

    Raises:
        NotSent: the server did not take it, or could not be asked.
    """
    with _logged_in(post) as line:
        _asked("sender", lambda: line.mail(post.sender))
        _asked("recipient", lambda: line.rcpt(recipient))
        _asked("mail", lambda: line.data(mail))


def try_out(post: Post) -> None:
    """Connect and log in as for a mail, and send none.

    Raises:
        NotSent: that is not possible.
    """
    with _logged_in(post):
        pass


class _Line(smtplib.SMTP):
    """Connects to IP addresses given beforehand; TLS is verified for the name."""

    def __init__(self, server: Server, numbers: list[str], tls: ssl.SSLContext | None) -> None:
        super().__init__(timeout=SECONDS)
        self._host = server.host  # whose certificate `starttls` asks for
        self._numbers, self._tls = numbers, tls

    def _get_socket(self, _host: str, port: int, timeout: float) -> socket.socket:
        for number in self._numbers[:-1]:
            with suppress(OSError):
                return self._open(number, port, timeout)
        return self._open(self._numbers[-1], port, timeout)

    def _open(self, number: str, port: int, timeout: float) -> socket.socket:
        line = socket.create_connection((number, port), timeout / len(self._numbers))
        line.settimeout(timeout)
        if self._tls is None:
            return line
        try:
            return self._tls.wrap_socket(line, server_hostname=self._host)
        except OSError:
            line.close()
            raise


@contextmanager
def _logged_in(post: Post) -> Iterator[_Line]:
    """Connect, encrypt and log in; what goes wrong, also in what follows, is told as `NotSent`."""
    numbers = _numbers(post.server)
    tls = _trust(post.authorities)
    line = _Line(post.server, numbers, tls if post.server.scheme == "smtps" else None)
    over = threading.Event()
    timer = threading.Timer(SECONDS, _hang_up, (line, over))
    timer.daemon = True
    timer.start()
    try:
        _asked("greeting", lambda: line.connect(post.server.host, post.server.port))
        _asked("greeting", line.ehlo)
        _encrypt(line, post, numbers, tls)
        if post.name:
            line.login(post.name, post.password)
        yield line
        with suppress(smtplib.SMTPException, OSError):  # it was taken: what follows is manners
            line.quit()
    except NotSent:
        raise
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent("credentials", error.smtp_code, _text(error.smtp_error)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent("no_log_in") from error
    except ssl.SSLCertVerificationError as error:
        raise NotSent("certificate") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotSent(_fault_of(error, over.is_set())) from error
    finally:
        timer.cancel()
        line.close()


def _fault_of(error: Exception, over: bool) -> str:
    if over or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "time_out"
    if isinstance(error, ConnectionRefusedError | socket.gaierror):
        return "no_connection"
    if isinstance(error, smtplib.SMTPException | ssl.SSLError | ValueError):
        return "no_smtp"
    return "no_connection"


def _numbers(server: Server) -> list[str]:
    try:
        numbers = resolve(server)
    except (OSError, UnicodeError) as error:
        raise NotSent("unknown_name") from error
    if not numbers or not all(is_private(each) or is_public(each) for each in numbers):
        raise NotSent("not_allowed", lasting=True)
    return numbers


def _encrypt(line: _Line, post: Post, numbers: list[str], tls: ssl.SSLContext) -> None:
    """Encrypt where the server can; go on without only in the house, and with no password."""
    if post.server.scheme == "smtps":
        return
    if line.has_extn("starttls"):
        _asked("greeting", lambda: line.starttls(context=tls))
        _asked("greeting", line.ehlo)
    elif post.name or not all(is_private(each) for each in numbers):
        raise NotSent("no_tls")


def _trust(authorities: str) -> ssl.SSLContext:
    if authorities and not Path(authorities).is_file():
        raise NotSent("no_authorities", lasting=True)
    try:
        return ssl.create_default_context(cafile=authorities or None)
    except (ssl.SSLError, OSError) as error:
        raise NotSent("no_authorities", lasting=True) from error


def _asked(what: str, ask: Callable[[], tuple[int, bytes]]) -> None:
    """Say something, and take an answer of 2xx or 3xx for an assent.

    Raises:
        NotSent: it was none; of a 5xx to sender, recipient or mail another try brings the same.
    """
    answer: bytes | str
    try:
        status, answer = ask()
    except smtplib.SMTPResponseException as error:
        status, answer = error.smtp_code, error.smtp_error
    if not 200 <= status < 400:
        lasting = status >= 500 and what != "greeting"
        raise NotSent(f"refused_{what}", status, _text(answer), lasting)


def _hang_up(line: _Line, over: threading.Event) -> None:
    """End the connection from another thread: a time-out of a socket begins anew with each byte."""
    over.set()
    held = line.sock
    if held is not None:
        with suppress(OSError):
            socket.socket.shutdown(held, socket.SHUT_RDWR)


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST].strip()
