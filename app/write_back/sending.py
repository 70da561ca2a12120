"""Sending structured reports to a PACS, and what it answered to each.

A peer is not believed to have what it has not answered for; an answer that was lost is asked for
again by sending again, which changes nothing, since a report keeps its UID.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydicom import dcmread
from pydicom.dataset import Dataset

from app.pacs.web_server import WebServer
from app.write_back.association import AssociationLine
from app.write_back.destinations import AnyDestination
from app.write_back.statuses import Answer
from app.write_back.stow import WebLine


class Line(Protocol):
    """A way to a PACS, for one report after the other."""

    def store(self, report: Dataset) -> Answer:
        """Send a report; return what was answered.

        Raises:
            NotReached: the PACS does not answer, does not know us, or takes no reports.
        """

    def hang_up(self) -> None:
        """End what connects us."""


@dataclass(frozen=True)
class Sent:
    """What became of one report.

    Attributes:
        path: the report's file.
        uid: its SOP Instance UID.
        answer: what the PACS answered.
    """

    path: Path
    uid: str
    answer: Answer


def line_to(to: AnyDestination, ours: str, seconds: float) -> Line:
    """Return a way to a PACS; nothing is connected yet.

    Args:
        to: the PACS.
        ours: the AE title that we call ourselves.
        seconds: after which a PACS that says nothing is given up.
    """
    if isinstance(to, WebServer):
        return WebLine(to, seconds)
    return AssociationLine(to, ours, seconds)


def send(paths: Iterable[Path], to: AnyDestination, ours: str, seconds: float) -> Iterator[Sent]:
    """Send reports one after the other.

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
    line = line_to(to, ours, seconds)
    try:
        for path in paths:
            report = dcmread(path)
            answer = line.store(report)
            yield Sent(path, str(report.SOPInstanceUID), answer)
            if answer.fault == "no_answer":
                return
    finally:
        line.hang_up()
