"""What a PACS answered to an object, or why it did not: in words, and what follows from it."""

from app.texts import _, noop
from app.write_back.statuses import STORED

NO_ROOM = range(0xA700, 0xA800)
OF_ANOTHER_CLASS = range(0xA900, 0xAA00)
NOT_UNDERSTOOD = range(0xC000, 0xD000)
FAILED_THERE = 0x0110
NO_RESOURCES = 0x0213
NOT_SUPPORTED = 0x0122
NOT_AUTHORIZED = 0x0124
"""Statuses of C-STORE (PS3.4 table B.2-1, PS3.7 annex C), which STOW-RS gives as reasons."""

FAULTS = {
    "no_connection": noop(
        "Nobody answers there by DICOM. Check address and port, whether the PACS runs, and whether "
        "a firewall lets this machine through."
    ),
    "calling": noop(
        "The PACS does not know who calls. Enter the first of CONDYLE_DICOM_TITLES there, with the "
        "address of the machine that sends."
    ),
    "called": noop("The PACS has another AE title. Correct CONDYLE_WRITE_BACK_TO; case counts."),
    "busy": noop("The PACS takes nothing at the moment."),
    "pacs_certificate": noop(
        "The PACS shows no certificate that is trusted. Put its authority's certificate, or its "
        "own, into the file of CONDYLE_WRITE_BACK_AUTHORITIES."
    ),
    "no_tls": noop(
        "The PACS does not take encrypted connections there, or does not trust our certificate. "
        "Name the port at which it takes TLS, or have it trust CONDYLE_DICOM_CERTIFICATE."
    ),
    "no_reports": noop(
        "The PACS takes no structured reports. Have the class 1.2.840.10008.5.1.4.1.1.88.33 "
        "enabled there."
    ),
    "no_selections": noop(
        "The PACS takes no key object selections. Have the class 1.2.840.10008.5.1.4.1.1.88.59 "
        "enabled there."
    ),
    "no_answer": noop("The connection ended before the PACS answered."),
    "no_reference": noop(
        "What the film is called in the PACS is not known, or was kept with another key. Import "
        "its file once more, then send this again."
    ),
    "not_written": noop(
        "It could not be written. What the PACS calls this film breaks DICOM's rules, or the films "
        "of a selection are of several studies there."
    ),
    "not_allowed": noop(
        "What is sent names patients, and nothing that does may go to this address. Use https, or "
        "a loopback or private address."
    ),
    "unknown_name": noop("The name of the DICOMweb server is not known. Check the address."),
    "no_http": noop(
        "Nobody answers there by HTTP. Check address and port, whether the server runs, and "
        "whether a firewall lets this machine through."
    ),
    "time_out": noop("The DICOMweb server did not answer in time."),
    "certificate": noop(
        "The certificate of the DICOMweb server cannot be trusted. Have it name the server, and "
        "name its authority's file in SSL_CERT_FILE."
    ),
    "credentials": noop(
        "The DICOMweb server does not let us store. Put a name and password, or a token, that may "
        "store into the file of CONDYLE_WRITE_BACK_CREDENTIALS."
    ),
    "no_stow": noop(
        "No objects can be stored at this address (STOW-RS). Check the path in "
        "CONDYLE_WRITE_BACK_TO."
    ),
    "redirected": noop(
        "The DICOMweb server sends us elsewhere, and nothing is sent there. Name the address at "
        "which it stores."
    ),
    "no_statement": noop("The DICOMweb server did not say whether it has this. Look at its log."),
    "http_failed": noop("The DICOMweb server failed. Look at its log."),
    "http_refused": noop(
        "The DICOMweb server refused the request without a reason. Look at its log, then send this "
        "again."
    ),
    "interrupted": noop("Every try was interrupted: whoever made it was stopped."),
}
"""Why there was no answer, or none by DICOM's numbers."""
REFUSED = "http_refused"
MAY_BE_THERE = ("no_answer", "time_out", "no_statement", "http_failed")
"""After these the PACS may have it."""


def is_stored(status: int) -> bool:
    """Whether a PACS has said that it has an object."""
    return status in STORED


def is_lasting(status: int) -> bool:
    """Whether a PACS that did not store an object would answer the same to it another time."""
    return status not in NO_ROOM and status not in (FAILED_THERE, NO_RESOURCES)


def in_words(status: int) -> str:
    """Return what a status means that does not say "stored", and what to do about it."""
    if status in NO_ROOM or status == NO_RESOURCES:
        return _("The PACS has no room. Make room there.")
    if status == FAILED_THERE:
        return _("The PACS failed while storing it. Look at its log.")
    if status in OF_ANOTHER_CLASS or status in NOT_UNDERSTOOD:
        return _("The PACS does not understand it. Look at its log, then send it again.")
    if status == NOT_SUPPORTED:
        return _("The PACS takes no such objects. Have their class enabled there.")
    if status == NOT_AUTHORIZED:
        return _("The PACS does not let us store. Give us the right there, then send it again.")
    return _("The PACS refused it. Look at its log, then send it again.")
