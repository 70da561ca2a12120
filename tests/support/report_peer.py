"""A PACS on this machine that takes structured reports, and does with each as it is told."""

from collections.abc import Callable
from typing import Any

from pydicom.uid import ComprehensiveSRStorage, KeyObjectSelectionDocumentStorage
from pynetdicom import AE, evt
from support.servers import free_port


class ReportPeer:
    """A PACS that does with each report as it is told: answers with a status, or hangs up.

    Args:
        classes: of the objects that it takes; reports and key object selections if left out.

    Attributes:
        stored: the UID of each report that it has kept, as often as it came.
        does: what it does with the next, by UID.
    """

    def __init__(self, *classes: str) -> None:
        self.stored: list[str] = []
        self.does: Callable[[str], int | None] = lambda _uid: 0
        self.port = free_port()
        entity = AE("PACS1")
        for each in classes or (ComprehensiveSRStorage, KeyObjectSelectionDocumentStorage):
            entity.add_supported_context(each)
        handlers = [(evt.EVT_C_STORE, self._take)]
        self.server = entity.start_server(
            ("127.0.0.1", self.port), block=False, evt_handlers=handlers
        )

    def _take(self, event: Any) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        status = self.does(uid)
        if status in (0, None):
            self.stored.append(uid)
        if status is None:
            event.assoc.abort()
        return status or 0
