"""Reports on their way to a PACS by C-STORE, encrypted (TLS, PS3.15 annex B.12)."""

import socket
import ssl

from app import errors
from app.settings import Settings

AUTHORITIES = "CONDYLE_WRITE_BACK_AUTHORITIES"
HEARD_WITHIN = 2.0
"""Seconds in which a PACS that does not trust us says so; one that does waits for us to speak."""


def encryption(settings: Settings) -> ssl.SSLContext | None:
    """Return how reports are encrypted; None where no authority is set.

    The PACS must show a certificate that one of the authorities has signed, or one that is listed
    itself, and is shown the receiver's own. Its name is not compared: a PACS is called by an
    address, which its certificate seldom holds.

    Raises:
        errors.Refused: a file cannot be used.
    """
    if not settings.write_back_authorities:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(settings.write_back_authorities)
        if settings.dicom_certificate:
            context.load_cert_chain(settings.dicom_certificate, settings.dicom_certificate_key)
    except OSError as error:
        raise errors.Refused(
            f"The certificates cannot be used: {error.strerror or 'one is damaged'}.",
            f"{AUTHORITIES}, CONDYLE_DICOM_CERTIFICATE, CONDYLE_DICOM_CERTIFICATE_KEY",
            "Name PEM files that this user may read, the key without a password.",
        ) from error
    return context


def fault_of(context: ssl.SSLContext, host: str, port: int, seconds: float) -> str:
    """Shake hands once, after an association that could not be; return what is wrong.

    Args:
        context: as `encryption` returns it.
        host: of the PACS.
        port: where it listens.
        seconds: after which it is given up.

    Returns:
        `pacs_certificate` where the PACS shows none that is trusted, `no_tls` where it does not
        shake hands, empty where nothing of that is wrong.
    """
    try:
        with (
            socket.create_connection((host, port), seconds) as connection,
            context.wrap_socket(connection) as encrypted,
        ):
            # By TLS 1.3 a peer that refuses our certificate says so after the handshake.
            encrypted.settimeout(min(seconds, HEARD_WITHIN))
            return "" if encrypted.recv(1) else "no_tls"
    except ssl.SSLCertVerificationError:
        return "pacs_certificate"
    except (ssl.SSLError, ConnectionError):
        return "no_tls"
    except OSError:
        return ""
