"""One request after the other to the DICOMweb service of a PACS, and what came of each.

Nothing that is said here, and no error, repeats what the PACS has answered: it may name a patient.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.outgoing.connection import Reply, get, seconds_of
from app.outgoing.failures import NO_ANSWER, failure_of
from app.pacs.web_server import NotReached, WebServer
from app.pulling.faults import FAULTS

JSON = "application/dicom+json"
LARGEST_JSON = 64 * 2**20
"""Bytes of an answer to a search, or of the metadata of a study."""
NOBODY = {401: "credentials", 403: "credentials"}
"""Statuses of HTTP that say the same of everything."""
BUSY = (429, 503)


class Trouble(Exception):
    """One request brought nothing that can be used.

    Args:
        fault: why, a key of `faults.TROUBLES`.
        lasting: whether it would be the same next time.
        seconds: that the PACS asks to wait before the next.
    """

    def __init__(self, fault: str, lasting: bool = False, seconds: float = 0) -> None:
        super().__init__(fault)
        self.fault, self.lasting, self.seconds = fault, lasting, seconds


@dataclass(frozen=True)
class Line:
    """Requests to a PACS, each over a connection of its own.

    Attributes:
        peer: the PACS.
        seconds: that one answer may take, as a whole.
        before: called before each request; keeps the pace.
    """

    peer: WebServer
    seconds: float
    before: Callable[[], None] = lambda: None

    def get(self, path: str, accept: str, most: int = LARGEST_JSON) -> Reply:
        """Ask for something.

        Args:
            path: within the service, with its query; only signs of ASCII, blanks excepted.
            accept: the media types that are understood.
            most: bytes of the answer that are taken.

        Returns:
            What was answered with 200, whole, or with 204.

        Raises:
            NotReached: nobody answers there, or nobody who lets us in.
            Trouble: this one request came to nothing.
        """
        self.before()
        reply = self._asked(path, accept, most)
        if reply.status in NOBODY:
            raise self.not_reached(NOBODY[reply.status])
        if 300 <= reply.status < 400:
            raise self.not_reached("redirected")
        if reply.status in BUSY:
            raise Trouble("busy", seconds=seconds_of(reply.retry_after))
        if reply.status == 404:
            raise Trouble("not_there", lasting=True)
        if reply.status not in (200, 204):
            raise Trouble("failed" if reply.status >= 500 else "refused", reply.status < 500)
        if len(reply.body) > most:
            raise Trouble("too_large", lasting=True)
        if not reply.whole:
            raise Trouble("broken_off")
        return reply

    def not_reached(self, fault: str) -> NotReached:
        """Return why the PACS as a whole is of no use."""
        what, do = FAULTS[fault]
        return NotReached(fault, what, str(self.peer), do)

    def _asked(self, path: str, accept: str, most: int) -> Reply:
        server = self.peer.server
        place = replace(server, path=f"{server.path}{path}")
        try:
            return get(place, self._numbers(), self._headers(accept), self.seconds, most + 1)
        except NO_ANSWER as error:
            fault = failure_of(error)
            whole = fault in FAULTS
            raise (self.not_reached(fault) if whole else Trouble(fault)) from error

    def _numbers(self) -> list[str]:
        try:
            return self.peer.numbers()
        except (OSError, UnicodeError) as error:
            raise self.not_reached("unknown_name") from error

    def _headers(self, accept: str) -> Mapping[str, str]:
        headers = {"Accept": accept, "User-Agent": "Condyle", "Connection": "close"}
        if self.peer.authorization:
            headers["Authorization"] = self.peer.authorization
        return headers
