"""Reports to the DICOMweb server of a PACS (STOW-RS, PS3.18 10.5), one in each request.

A status of HTTP is not believed: Orthanc answers 200 to a request of which it kept nothing. What
counts is whether the answer names the report among what was stored.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import uuid4

from pydicom.dataset import Dataset

from app.outgoing.connection import Reply, post
from app.outgoing.failures import NO_ANSWER, failure_of
from app.pacs.web_server import NotReached, WebServer
from app.write_back.destinations import CREDENTIALS
from app.write_back.statuses import STORED, Answer

MOST_BYTES = 2**20
"""Of an answer that are read; one on a single report has some hundred."""
SAID = (200, 202, 409)
"""Statuses of HTTP whose answer says of each object whether it was stored (PS3.18 10.5.3)."""
REFERENCED, FAILED = "00081199", "00081198"
UID, WARNING, REASON = "00081155", "00081196", "00081197"
FAILURE = 0x0110
WARNED = 0xB000
THERE_ALREADY = 0x0111


class WebLine:
    """Requests to a DICOMweb server, each over a connection of its own.

    Args:
        to: where reports go.
        seconds: after which a server that says nothing is given up.
    """

    def __init__(self, to: WebServer, seconds: float) -> None:
        self._to, self._seconds = to, seconds

    def store(self, report: Dataset) -> Answer:
        """Send a report; return what was answered.

        Raises:
            NotReached: the server does not answer, does not let us in, or is none of DICOMweb.
        """
        headers, body = _request(report, self._to.authorization)
        numbers = self._numbers()
        server = self._to.server
        place = replace(server, path=f"{server.path}/studies")
        try:
            reply = post(place, numbers, body, headers, self._seconds, MOST_BYTES)
        except NO_ANSWER as error:
            fault = failure_of(error)
            if fault == "broken_off":
                return Answer(fault="no_answer")
            raise self._refusal(fault) from error
        return self._answer_of(reply, str(report.SOPInstanceUID))

    def hang_up(self) -> None:
        """Do nothing: no connection is kept."""

    def _numbers(self) -> list[str]:
        """Return the IP addresses to connect to, which were checked."""
        try:
            return self._to.numbers()
        except (OSError, UnicodeError) as error:
            raise self._refusal("unknown_name") from error

    def _answer_of(self, reply: Reply, uid: str) -> Answer:
        status = reply.status
        if status in SAID:
            return said_of(uid, reply.body) or Answer(fault="no_statement", http=status)
        if status in REFUSALS:
            raise self._refusal(REFUSALS[status])
        if 300 <= status < 400:
            raise self._refusal("redirected")
        if status >= 500:
            return Answer(fault="http_failed", http=status)
        return Answer(fault="http_refused", http=status, lasting=True)

    def _refusal(self, fault: str) -> NotReached:
        return NotReached(fault, FAULTS[fault][0], str(self._to), FAULTS[fault][1])


REFUSALS = {
    401: "credentials",
    403: "credentials",
    404: "no_stow",
    405: "no_stow",
    406: "no_stow",
    415: "no_stow",
    501: "no_stow",
    429: "busy",
    503: "busy",
}
"""Statuses of HTTP that say the same of every report."""
FAULTS = {
    "unknown_name": ("The name of the DICOMweb server is not known.", "Check the address."),
    "no_http": (
        "Nobody answers there by HTTP.",
        "Check address and port, whether the server runs, and whether a firewall lets this machine "
        "through.",
    ),
    "time_out": (
        "The DICOMweb server did not answer in time.",
        "Try again later, or set CONDYLE_DICOM_SECONDS higher.",
    ),
    "certificate": (
        "The certificate of the DICOMweb server cannot be trusted.",
        "Have it name the server, and name its authority's file in SSL_CERT_FILE.",
    ),
    "credentials": (
        "The DICOMweb server does not let us store.",
        f"Put a name and password, or a token, that may store into the file of {CREDENTIALS}.",
    ),
    "no_stow": (
        "No objects can be stored at this address (STOW-RS).",
        "Check the path, such as https://10.0.0.5/dicom-web.",
    ),
    "busy": ("The DICOMweb server takes nothing now.", "Try again later."),
    "redirected": (
        "The DICOMweb server sends us elsewhere, and nothing is sent there.",
        "Name the address at which it stores.",
    ),
}
"""Why a server was not reached: what, and what to do."""


def said_of(uid: str, body: bytes) -> Answer | None:
    """Return what an answer says of a report; None where it does not name it.

    Args:
        uid: of the report.
        body: DICOM JSON (PS3.18 annex F); anything may come.
    """
    try:
        told = json.loads(body)
    except ValueError:
        return None
    told = told[0] if isinstance(told, list) and told else told
    failed = dict(_listed(told, FAILED, REASON))
    if uid in failed:
        reason = failed[uid]
        lies = reason in STORED and reason != THERE_ALREADY
        return Answer(FAILURE if reason is None or lies else reason)
    stored = dict(_listed(told, REFERENCED, WARNING))
    if uid in stored:
        warning = stored[uid]
        return Answer(0 if warning is None else warning if warning in STORED else WARNED)
    return None


def _listed(told: Any, sequence: str, number: str) -> Iterator[tuple[str, int | None]]:
    """Return the UIDs in a sequence of an answer, each with the reason that is given."""
    for item in _values(told, sequence):
        uids, reasons = _values(item, UID), _values(item, number)
        if uids and isinstance(uids[0], str):
            reason = reasons[0] if reasons else None
            known = isinstance(reason, int) and 0 <= reason < 2**16
            yield uids[0], reason if known else None


def _values(item: Any, tag: str) -> list[Any]:
    element = item.get(tag) if isinstance(item, dict) else None
    found = element.get("Value") if isinstance(element, dict) else None
    return found if isinstance(found, list) else []


def _request(report: Dataset, authorization: str) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a request that stores one report."""
    file = BytesIO()
    report.save_as(file, enforce_file_format=True)
    whole = file.getvalue()
    boundary = uuid4().hex
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    headers = {
        "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
        "Accept": "application/dicom+json",
        "User-Agent": "Condyle",
        "Connection": "close",
    }
    if authorization:
        headers["Authorization"] = authorization
    return headers, head + whole + f"\r\n--{boundary}--\r\n".encode()
