"""The file of kept heads: a line of JSON for each, appended and never written over."""

import base64
import binascii
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app import errors
from app.audit.chain import Head
from app.settings import Settings

SETTING = "CONDYLE_AUDIT_HEADS"


@dataclass(frozen=True)
class KeptHead:
    """A head of the audit log as it was written down.

    Attributes:
        at: when, UTC.
        head: number and digest of the event that was the last.
        stamp: the answer of a timestamping authority, RFC 3161, in DER; empty where none was asked
            or none came.
        beginning: whether it was written down because the log begins after it, see
            `app.audit.retiring`, and not because a day had passed.
    """

    at: datetime
    head: Head
    stamp: bytes = b""
    beginning: bool = False


def written(head: Head) -> str:
    """Return a head as it is printed, typed and stamped: number and digest."""
    return f"{head.event_id} {head.digest}"


def of(settings: Settings) -> list[KeptHead]:
    """Return the heads that are kept; none where no file is set. For errors see `read`."""
    return read(Path(settings.audit_heads)) if settings.audit_heads else []


def read(path: Path) -> list[KeptHead]:
    """Return the heads in a file, in its order; none where there is no file.

    Raises:
        errors.Refused: the file cannot be read, or a line of it is no head.
    """
    if not path.exists():
        return []
    try:
        return list(_lines(path))
    except OSError as error:
        raise _unreadable(error) from error


def _lines(path: Path) -> Iterator[KeptHead]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _of_line(line)
            except (ValueError, KeyError, TypeError, binascii.Error) as error:
                raise errors.Refused(
                    f"Line {number} of the file of kept heads is none.",
                    SETTING,
                    "Take the line out, or bring back the file as it was.",
                ) from error


def _of_line(line: bytes) -> KeptHead:
    said = json.loads(line)
    head = Head(int(said["event"]), str(said["digest"]))
    stamp = base64.b64decode(said.get("stamp", ""), validate=True)
    beginning = bool(said.get("beginning", False))
    return KeptHead(datetime.fromisoformat(said["at"]), head, stamp, beginning)


def latest(there: Sequence[KeptHead]) -> KeptHead | None:
    """Return the last head that was kept for its day."""
    return next((each for each in reversed(there) if not each.beginning), None)


def append(path: Path, kept: KeptHead) -> None:
    """Write one more head at the end of a file, which is made where it is missing.

    Raises:
        errors.Refused: it cannot be written.
    """
    said: dict[str, Any] = {
        "at": kept.at.isoformat(),
        "event": kept.head.event_id,
        "digest": kept.head.digest,
    }
    if kept.beginning:
        said["beginning"] = True
    if kept.stamp:
        said["stamp"] = base64.b64encode(kept.stamp).decode("ascii")
    try:
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(opened, f"{json.dumps(said)}\n".encode("ascii"))
            os.fsync(opened)
        finally:
            os.close(opened)
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> errors.Refused:
    return errors.Refused(
        f"The file of kept heads cannot be used ({error.strerror}).",
        SETTING,
        "Name a file that this user may read and append to, on another machine's disk if you can.",
    )
