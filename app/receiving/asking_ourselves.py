"""Asking the receiver of this machine whether it hears: a C-ECHO, as the doctor sends one."""

import socket
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from app.receiving.peers import Peers
from app.settings import Settings

Answer = Literal["echo", "encrypted", "another certificate", "rejects", "silence", "nonsense"]
VERIFICATION = "1.2.840.10008.1.1"
SECONDS = 5.0


def answer_of(settings: Settings, peers: Peers) -> Answer:
    """Ask the receiver that the settings speak of.

    Args:
        settings: where it listens, and its certificate.
        peers: who may send to it.

    Returns:
        `echo`: it answers one; `encrypted`: it shows its certificate and would see a sender's;
        `another certificate`: it shows one that is not in the file; `rejects`: it lets nobody in
        from here; `silence`: nothing listens; `nonsense`: what listens is something else.
    """
    where = _address(settings.dicom_host), settings.dicom_port
    if not (settings.dicom_certificate and settings.dicom_authorities):
        return _echo(where, settings, peers)
    try:
        shown = _shown(where)
    except ConnectionRefusedError:
        return "silence"
    except OSError:
        return "nonsense"
    return "encrypted" if shown == _kept(settings) else "another certificate"


def _address(host: str) -> str:
    """Return where a receiver is reached that listens at an address, or at all there are."""
    try:
        everywhere = ip_address(host).is_unspecified
    except ValueError:
        return host
    return ("::1" if ":" in host else "127.0.0.1") if everywhere else host


def _unverified() -> ssl.SSLContext:
    """Return a context that believes any certificate: what is shown is compared with the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _shown(where: tuple[str, int]) -> bytes:
    with (
        socket.create_connection(where, SECONDS) as plain,
        _unverified().wrap_socket(plain) as encrypted,
    ):
        return encrypted.getpeercert(binary_form=True) or b""


def _kept(settings: Settings) -> bytes:
    """Return the certificate that is set."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    pem = Path(settings.dicom_certificate).read_text()
    return ssl.PEM_cert_to_DER_cert(pem[pem.index(begin) : pem.index(end) + len(end)])


def _echo(where: tuple[str, int], settings: Settings, peers: Peers) -> Answer:
    from pynetdicom import AE  # only this needs it

    free = sorted(title for title, addresses in peers.senders.items() if not addresses)
    entity = AE(ae_title=free[0] if free else min(peers.senders))
    entity.add_requested_context(VERIFICATION)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = SECONDS
    entity.connection_timeout = SECONDS
    tls = (_unverified(), where[0]) if settings.dicom_certificate else None
    association = entity.associate(*where, ae_title=min(peers.ours), tls_args=tls)
    if association.is_rejected:
        return "nonsense" if free else "rejects"
    if not association.is_established:
        return "nonsense" if _listens(where) else "silence"
    shown = _shown_to(association) if settings.dicom_certificate else b""
    status = association.send_c_echo()
    association.release()
    if shown and shown != _kept(settings):
        return "another certificate"
    return "echo" if status and status.Status == 0 else "nonsense"


def _shown_to(association: Any) -> bytes:
    """Return the certificate that the other side of an association has shown."""
    return association.dul.socket.socket.getpeercert(binary_form=True) or b""


def _listens(where: tuple[str, int]) -> bool:
    try:
        socket.create_connection(where, SECONDS).close()
    except OSError:
        return False
    return True
