"""Retired events in a file: what `condyle export audit` writes of them, to be checked by itself."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app import errors
from app.audit import trail
from app.audit.chain import HASHED, NOTHING, Broken, Head, digests, written, wrong_with
from app.json_tables import as_json
from app.new_files import new_file

BEGINS, ENDS = b"[", b"]"


class Archived(NamedTuple):
    """What checking an archive came to.

    Attributes:
        first_id: number of its first event.
        events: how many hold.
        head: number and digest of the last one that holds.
        digest: SHA-256 of the file.
        broken: where it is broken first, if it is.
    """

    first_id: int
    events: int
    head: Head
    digest: str
    broken: Broken | None


def write(session: Session, below: int, path: Path) -> None:
    """Write the oldest events to a new file, readable by its owner only; it is on the disk then.

    Args:
        session: a unit of work that sees one moment.
        below: of events with a smaller number.
        path: where; it appears when it is complete.

    Raises:
        errors.Refused: the file exists, or the disk does not take it.
    """
    with new_file(path, "The archive", "Nothing was retired.") as file:
        file.writelines(piece.encode() for piece in as_json(trail.rows(session, below)))


def check(path: Path, kept: Collection[Head] = ()) -> Archived:
    """Check the events in a file from its first to its last; nothing else is needed for it.

    Args:
        path: of the file.
        kept: heads that were written down; those of events in the file must be in it.

    Raises:
        errors.Refused: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            return _checked(_rows(file), digests(kept), digest)
    except OSError as error:
        raise errors.Refused(
            f"The archive cannot be read ({error.strerror}).",
            str(path),
            "Name a file that `condyle audit retire` has written.",
        ) from error


def _checked(
    rows: Iterable[dict[str, Any] | None], kept: Mapping[int, set[str]], digest: str
) -> Archived:
    first, last = 1, Head(0, NOTHING)
    for number, row in enumerate(rows):
        if row and not number:
            first, last = row["id"], Head(row["id"] - 1, row["previous"])
        what = wrong_with(row, last, kept.get(row["id"])) if row else "cannot be read"
        if what:
            broken = Broken(last.event_id + 1, what)
            return Archived(first, last.event_id + 1 - first, last, digest, broken)
        assert row
        last = Head(row["id"], row["digest"])
    return Archived(first, last.event_id + 1 - first, last, digest, None)


def _rows(lines: Iterable[bytes]) -> Iterator[dict[str, Any] | None]:
    """Yield each event of a file, None for what is none, and for an end that is not there."""
    for line in lines:
        text = line.strip()
        if text == ENDS:
            return
        if text != BEGINS:
            yield _event_of(text.removesuffix(b","))
    yield None


def _event_of(text: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(text)
        row["at"] = datetime.fromisoformat(row["at"])
        written(row["at"])  # in UTC it may be a moment of no year that there is
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    known = row.keys() >= {*HASHED, "digest"} and type(row["id"]) is int
    return row if known else None
