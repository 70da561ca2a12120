"""What goes to a PACS over one association (C-STORE)."""

from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import (
    ComprehensiveSRStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    KeyObjectSelectionDocumentStorage,
)
from pynetdicom import AE
from pynetdicom.association import Association

from app.pacs.quiet import be_silent
from app.pacs.web_server import NotReached
from app.write_back.destinations import Destination
from app.write_back.encryption import AUTHORITIES, fault_of
from app.write_back.statuses import Answer

NOT_TAKEN: dict[str, tuple[str, str]] = {
    ComprehensiveSRStorage: ("no_reports", "structured reports (Comprehensive SR)"),
    KeyObjectSelectionDocumentStorage: ("no_selections", "key object selections"),
}
"""Of each class that is sent: the fault where the PACS does not take it, and what it is called."""
NOT_KNOWN = {3: "calling", 7: "called"}
"""Reasons of a permanent rejection by the service user (PS3.8 table 9-21)."""
NOT_ENCRYPTED = {
    "pacs_certificate": (
        "The PACS shows no certificate that is trusted.",
        f"Put its authority's certificate, or its own, into the file of {AUTHORITIES}.",
    ),
    "no_tls": (
        "The PACS does not take encrypted connections there, or does not trust our certificate.",
        f"Name the port at which it takes TLS, or have it trust CONDYLE_DICOM_CERTIFICATE; without "
        f"{AUTHORITIES} nothing is encrypted.",
    ),
}


class AssociationLine:
    """An association with a PACS: made when there is something to send, kept while there is.

    Args:
        to: the PACS.
        ours: the AE title that we call ourselves.
        seconds: after which a PACS that says nothing is given up.
    """

    def __init__(self, to: Destination, ours: str, seconds: float) -> None:
        self._to, self._ours, self._seconds = to, ours, seconds
        self._association: Association | None = None

    def store(self, whole: Dataset) -> Answer:
        """Send an object; return what was answered.

        Raises:
            NotReached: the PACS does not answer, does not know us, or does not take such.
        """
        if self._association is None or not self._association.is_established:
            self._association = _associate(
                self._to, self._ours, self._seconds, str(whole.SOPClassUID)
            )
        status: int | None = self._association.send_c_store(whole).get("Status")
        if status is None:
            self.hang_up()
            return Answer(fault="no_answer")
        return Answer(status)

    def hang_up(self) -> None:
        """End the association, if there is one."""
        if self._association is not None and self._association.is_established:
            self._association.release()
        self._association = None


def _associate(to: Destination, ours: str, seconds: float, sop_class: str) -> Association:
    """Return an association by which objects of a class can be sent.

    Raises:
        NotReached: the PACS does not answer, does not know us, or does not take such.
    """
    be_silent()
    entity = AE(ours)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = seconds
    entity.connection_timeout = seconds
    syntaxes = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
    entity.add_requested_context(sop_class, syntaxes)
    tls = None if to.context is None else (to.context, to.host)
    association = entity.associate(to.host, to.port, ae_title=to.title, tls_args=tls)
    if not association.is_established:
        raise _refused(association, to, ours, seconds, sop_class)
    return association


def _refused(
    association: Association, to: Destination, ours: str, seconds: float, sop_class: str
) -> NotReached:
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
        fault, objects = NOT_TAKEN[sop_class]
        return NotReached(
            fault,
            f"The PACS takes no {objects}.",
            str(to),
            f"Have the class {sop_class} enabled there.",
        )
    if to.context is not None and (fault := fault_of(to.context, to.host, to.port, seconds)):
        return NotReached(fault, NOT_ENCRYPTED[fault][0], str(to), NOT_ENCRYPTED[fault][1])
    return NotReached(
        "no_connection",
        "Nobody answers there by DICOM.",
        str(to),
        "Check address and port, whether the PACS runs, and whether a firewall lets this machine "
        "through.",
    )
