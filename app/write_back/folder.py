"""A folder of structured reports: a file for each decision, and none is written twice.

What was written before is found in the folder itself, so that it can be sent by whatever sends
DICOM files there, and emptied by nobody but the admin.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from app import errors
from app.csv_tables import as_line, unquoted
from app.pacs.seal import Seal
from app.write_back.decided import Decided
from app.write_back.structured_report import structured_report, uid_of

SENT = "sent.csv"
"""Which reports a PACS has said it has: file, PACS, status, moment."""
NAME = re.compile(r"image-([1-9]\d{0,9})-([1-9]\d{0,5})\.dcm")


@dataclass
class Written:
    """What has become of the decisions.

    Attributes:
        first: images whose first report was written.
        later: images of which a report was written that replaces an earlier one.
        there: images whose report was there already.
        outdated: names of reports whose image carries no such label any more; nothing replaces
            them.
    """

    first: int = 0
    later: int = 0
    there: int = 0
    outdated: list[str] = field(default_factory=list)


class ReportFolder:
    """Structured reports in a folder, `image-12-1.dcm` being the first of image 12.

    Args:
        path: the folder; it is made where it is missing.

    Raises:
        errors.Refused: the folder cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with refusing(path):
            path.mkdir(parents=True, exist_ok=True)
            self._last: dict[int, int] = {}
            for found in self._names():
                image, number = map(int, found.groups())
                self._last[image] = max(number, self._last.get(image, 0))

    def write(self, decisions: Iterable[Decided], seal: Seal, key: bytes) -> Written:
        """Write the reports that are missing.

        Args:
            decisions: of all images, in any order.
            seal: opens what the films are called in the PACS.
            key: the installation's.

        Raises:
            errors.Refused: a file is none of ours, or the disk does not take one.
        """
        written, left = Written(), dict(self._last)
        for decided in decisions:
            number = left.pop(decided.image_id, 0)
            earlier = self._read(decided.image_id, number) if number else None
            if earlier is not None and earlier.SOPInstanceUID == uid_of(decided, key):
                written.there += 1
                continue
            reference = seal.opened(decided.source_digest, decided.sealed)
            report = structured_report(decided, reference, key, number + 1, earlier)
            write_whole(report, self._path / name_of(decided.image_id, number + 1))
            if earlier is None:
                written.first += 1
            else:
                written.later += 1
        written.outdated = [name_of(*each) for each in sorted(left.items())]
        return written

    def to_be_sent(self, destination: str) -> list[Path]:
        """Return the files of the reports that a PACS has not said it has, the earliest first.

        Args:
            destination: the PACS, as it was named.
        """
        with refusing(self._path / SENT):
            there = self._sent(destination)
            found = sorted(self._names(), key=lambda name: tuple(map(int, name.groups())))
        return [self._path / name.string for name in found if name.string not in there]

    def note_sent(self, file: str, destination: str, status: int) -> None:
        """Keep that a PACS has said it has a report.

        Args:
            file: its name.
            destination: the PACS.
            status: of the C-STORE.
        """
        path = self._path / SENT
        with refusing(path), path.open("a", newline="") as table:
            at = datetime.now().astimezone().isoformat(timespec="seconds")
            table.write(as_line([file, destination, f"{status:04X}", at]))

    def _names(self) -> Iterator[re.Match[str]]:
        names = (NAME.fullmatch(file.name) for file in self._path.iterdir())
        return (name for name in names if name is not None)

    def _sent(self, destination: str) -> set[str]:
        if not (self._path / SENT).exists():
            return set()
        with (self._path / SENT).open(newline="") as table:
            return {
                row[0]
                for row in csv.reader(table)
                if list(map(unquoted, row[1:2])) == [destination]
            }

    def _read(self, image_id: int, number: int) -> Dataset:
        path = self._path / name_of(image_id, number)
        try:
            with refusing(path):
                return dcmread(path)
        except InvalidDicomError as error:
            raise errors.Refused(
                "This file is no structured report.",
                str(path),
                "Move it out of the folder, then try again.",
            ) from error


def name_of(image_id: int, number: int) -> str:
    """Return the name of an image's first, second, ... report."""
    return f"image-{image_id}-{number}.dcm"


def write_whole(document: Dataset, path: Path) -> None:
    """Write a file that is there whole, or not at all.

    Raises:
        errors.Refused: the disk does not take it.
    """
    unfinished = path.with_suffix(".unfinished")
    with refusing(path):
        document.save_as(unfinished, enforce_file_format=True)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(path)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Say of what cannot be read or written where it is, instead of a traceback."""
    try:
        yield
    except OSError as error:
        raise errors.Refused(
            f"The folder cannot be used ({error.strerror}).",
            str(path),
            "Name a folder that this user may write to, on a disk with room.",
        ) from error
