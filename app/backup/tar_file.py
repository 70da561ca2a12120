"""The one file of a backup: what it says of itself, the tables, and the home folder's files.

backup.json       release, schema revision, when, rows and digest of each table, number of files
tables/NAME.jsonl as `app.backup.rows` writes them
store/..., checkpoints/..., pseudonym.key     as in the home folder
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any

from app import errors
from app.backup.rows import is_known

FACTS, TABLES = "backup.json", "tables"
FORMAT = 1
FOLDERS = ("store", "checkpoints")
KEY = "pseudonym.key"
TOLD_EVERY = 1000
"""Files between two words on how far it is."""
Facts = dict[str, Any]
Say = Callable[[str], None]


def files_of(home: Path) -> Iterator[Path]:
    """Return the files of a home folder that a backup holds, without those being written."""
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(home).parts)
            if path.is_file() and not hidden:
                yield path
    if (home / KEY).exists():
        yield home / KEY


def pack(file: Path, tables: Path, facts: Facts, home: Path, found: list[Path], say: Say) -> None:
    """Write a backup's file, readable by its owner only.

    Args:
        file: a new file.
        tables: folder of the tables' rows, NAME.jsonl each.
        facts: what the backup says of itself.
        home: the home folder.
        found: its files, as `files_of` returned them.
        say: told how far it is.

    Raises:
        OSError: the disk does not take it.
    """
    listed = {path.name: _digest(path) for path in sorted(tables.iterdir())}
    whole = facts | {"format": FORMAT, "tables": listed, "files": len(found)}
    text = json.dumps(whole, indent=1).encode()
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w") as tar:
            head = tarfile.TarInfo(FACTS)
            head.size = len(text)
            tar.addfile(head, io.BytesIO(text))
            for name in listed:
                tar.add(tables / name, f"{TABLES}/{name}")
            for number, path in enumerate(found):
                if number % TOLD_EVERY == 0:
                    say(f"{number:,} of {len(found):,} files")
                tar.add(path, str(path.relative_to(home)))
        raw.flush()
        os.fsync(raw.fileno())


def unpack(file: Path, folder: Path, say: Say) -> Facts:
    """Unpack a backup's file and check it.

    Args:
        file: as `pack` wrote it.
        folder: an empty folder.
        say: told how far it is.

    Returns:
        What the backup says of itself.

    Raises:
        errors.Refused: the file is damaged, no backup, or of a later release.
        OSError: it cannot be read, or the disk does not take it.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            first = tar.next()
            if first is None or first.name != FACTS:
                raise damaged("it does not begin as one")
            facts = _facts(_open(tar, first))
            expected, unpacked = len(facts["tables"]) + facts["files"], 0
            for member in islice(tar, 1, None):
                if unpacked % TOLD_EVERY == 0:
                    say(f"{unpacked:,} of {expected:,} files")
                _extract(tar, member, folder, facts["tables"])
                unpacked += 1
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise damaged("it cannot be read to its end") from error
    if unpacked != expected:
        raise damaged(f"{unpacked:,} of {expected:,} files are in it")
    return facts


def damaged(how: str) -> errors.Refused:
    """Return the refusal of a file that is not, or no longer, a whole backup."""
    return errors.Refused(
        f"This is no whole backup: {how}.",
        "backup",
        "Nothing was restored. Copy the file again, or use another backup.",
    )


def _foreign() -> errors.Refused:
    return damaged("something in it belongs into no backup")


def _facts(file: IO[bytes]) -> Facts:
    facts: Facts = json.load(file)
    if facts["format"] != FORMAT or not is_known(facts["revision"]):
        raise errors.Refused(
            "This backup was made by a later release of Condyle.",
            f"release {facts['condyle']}, schema {facts['revision']}",
            "Update Condyle, then restore it.",
        )
    return facts


def _extract(
    tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, tables: dict[str, str]
) -> None:
    """Write one file of a backup; a table's and a film's must hold what was written."""
    name = PurePosixPath(member.name)
    top = next(iter(name.parts), "")
    if top not in (TABLES, *FOLDERS, KEY) or ".." in name.parts:
        raise _foreign()
    _copy(_open(tar, member), folder / name)
    digest = {TABLES: tables.get(name.name), "store": name.name}.get(top)
    if digest and digest != _digest(folder / name):
        raise damaged(f"the bytes of {name.name[:16]} are not those that were written")


def _open(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """Open a plain file of a backup; folders, links and devices belong into none."""
    source = tar.extractfile(member) if member.isfile() else None
    if source is None:
        raise _foreign()
    return source


def _copy(source: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        shutil.copyfileobj(source, target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
