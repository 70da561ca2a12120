"""Mail servers of the tests' own, by aiosmtpd, which take mails or do what servers do wrong."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from support.servers import free_port

NAME, PASSWORD = "condyle", "a password: with letters"
UNKNOWN = "nobody@hospital.example"
"""A recipient that each server refuses."""


class Mailbox:
    """What a server has taken.

    Attributes:
        mails: each as it came.
        recipients: of each, in order.
        busy: whether it says of each recipient that it is to be tried later.
        lost: whether it hangs up once it has taken a mail, before it says so.
        encrypted: of each, whether it came over TLS.
        logged_in: of each, whether somebody had logged in.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.busy = self.lost = False
        self.encrypted: list[bool] = []
        self.logged_in: list[bool] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.busy:
            return "451 4.7.1 Greylisted, try again later"
        if address == UNKNOWN:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.logged_in.append(bool(session.authenticated))
        if self.lost:
            server.transport.abort()
        return "250 OK"


def knows(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: LoginPassword
) -> AuthResult:
    """Let in whoever has the name and the password."""
    known = data.login == NAME.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=known, handled=known)


@contextmanager
def mail_server(
    mailbox: Mailbox,
    certificate: Path | None = None,
    from_the_start: bool = False,
    port: int = 0,
) -> Iterator[int]:
    """Serve mail on this machine; yield the port.

    Args:
        mailbox: what takes it.
        certificate: with its key beside it; None for a server without TLS. With one, it
            knows a log-in.
        from_the_start: whether TLS begins with the connection, not by STARTTLS.
        port: 0 for a free one.
    """
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
    if tls and certificate:
        tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
    own: dict[str, object] = {"tls_context": None if from_the_start else tls}
    if tls:
        own |= {"authenticator": knows, "auth_require_tls": not from_the_start}
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port or free_port(),
        ssl_context=tls if from_the_start else None,
        ready_timeout=300,
        **own,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def closed() -> Iterator[int]:
    """Keep a port at which nobody listens; yield it.

    A `mail_server` of the same test can listen there meanwhile, and nobody else takes it.
    """
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


@contextmanager
def silent() -> Iterator[int]:
    """Let a machine take connections and say nothing; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
