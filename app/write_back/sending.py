"""Sending structured reports to a PACS by C-STORE, and what it answered to each.

A peer is not believed to have what it has not answered for; an answer that was lost is asked for
again by sending again, which changes nothing, since a report keeps its UID.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association

from app import errors
from app.pacs.quiet import be_silent
from app.settings import Settings
from app.write_back.statuses import STORED

ADDRESS = re.compile(r"(?P<title>[!-~]([ -~]{0,14}[!-~])?)@(?P<host>[^@\s]+):(?P<port>\d{1,5})")
NOT_KNOWN = {3: "calling", 7: "called"}
"""Reasons of a permanent rejection by the service user (PS3.8 table 9-21)."""


class NotReached(errors.Refused):
    """The PACS was not reached, or takes no reports from us.

    Args:
        fault: why, in a word that does not change with the language.
        what, where, do: as of every error.
    """

    def __init__(self, fault: str, what: str, where: str, do: str) -> None:
        super().__init__(what, where, do)
        self.fault = fault


@dataclass(frozen=True)
class Destination:
    """A PACS that takes reports.

    Attributes:
        title: its AE title.
        host: its name or address.
        port: where it listens.
    """

    title: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.title}@{self.host}:{self.port}"


@dataclass(frozen=True)
class Sent:
    """What a PACS answered to one report.

    Attributes:
        path: the report's file.
        uid: its SOP Instance UID.
        status: of the C-STORE; None where no answer came.
    """

    path: Path
    uid: str
    status: int | None

    @property
    def stored(self) -> bool:
        """Whether the PACS has said that it has the report."""
        return self.status in STORED


def destination_of(text: str, where: str = "--to") -> Destination:
    """Return the PACS that somebody has named, as `PACS1@10.0.0.5:104`.

    Args:
        text: what was typed.
        where: the option or setting.

    Raises:
        errors.Refused: it is no title with address and port.
    """
    found = ADDRESS.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise errors.Refused(
            f"{text!r} names no PACS.",
            where,
            "Write TITLE@ADDRESS:PORT, such as PACS1@10.0.0.5:104.",
        )
    return Destination(found["title"], found["host"].strip("[]"), int(found["port"]))


def our_title(settings: Settings) -> str:
    """Return the AE title that we call ourselves: the first of those set."""
    return settings.dicom_titles.split(",")[0].strip()


def send(paths: Iterable[Path], to: Destination, ours: str, seconds: float) -> Iterator[Sent]:
    """Send reports one after the other over one association.

    Args:
        paths: of their files, in order.
        to: the PACS.
        ours: the AE title that we call ourselves.
        seconds: after which a PACS that says nothing is given up.

    Yields:
        What was answered to each, as it is answered; nothing more after one that got no answer.

    Raises:
        NotReached: the PACS does not answer, does not know us, or takes no reports.
    """
    association = associate(to, ours, seconds)
    try:
        for path in paths:
            report = dcmread(path)
            status = association.send_c_store(report).get("Status")
            yield Sent(path, str(report.SOPInstanceUID), status)
            if status is None:
                return
    finally:
        association.release()


def associate(to: Destination, ours: str, seconds: float) -> Association:
    """Return an association by which reports can be sent; release it.

    Args:
        to: the PACS.
        ours: the AE title that we call ourselves.
        seconds: after which a PACS that says nothing is given up.

    Raises:
        NotReached: the PACS does not answer, does not know us, or takes no reports.
    """
    be_silent()
    entity = AE(ours)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = seconds
    entity.connection_timeout = seconds
    syntaxes = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
    entity.add_requested_context(ComprehensiveSRStorage, syntaxes)
    association = entity.associate(to.host, to.port, ae_title=to.title)
    if not association.is_established:
        raise _refused(association, to, ours)
    return association


def _refused(association: Association, to: Destination, ours: str) -> NotReached:
    """Return why there is no association, and what to do about it."""
    if association.is_rejected:
        answer: Any = association.acceptor.primitive
        known = answer.result == 1 and answer.result_source == 1
        why = NOT_KNOWN.get(answer.diagnostic) if known else None
        if why == "calling":
            return NotReached(
                "calling",
                f"The PACS does not know {ours}.",
                str(to),
                f"Enter {ours} in the PACS with this machine's address, or set "
                "CONDYLE_DICOM_TITLES to the title it knows.",
            )
        if why == "called":
            return NotReached(
                "called",
                f"The PACS is not called {to.title}.",
                str(to),
                "Ask for its AE title; case counts.",
            )
        return NotReached("busy", "The PACS takes nothing now.", str(to), "Try again later.")
    if association.rejected_contexts:
        return NotReached(
            "no_reports",
            "The PACS takes no structured reports (Comprehensive SR).",
            str(to),
            "Have the class 1.2.840.10008.5.1.4.1.1.88.33 enabled there.",
        )
    return NotReached(
        "no_connection",
        "Nobody answers there by DICOM.",
        str(to),
        "Check address and port, whether the PACS runs, and whether a firewall lets this machine "
        "through.",
    )
