"""The one file of a backup: what it says of itself, the tables, and the home folder's files.

backup.json       release, schema revision, when, rows and digest of each table, number of files
tables/NAME.jsonl as `app.backup.rows` writes them
store/..., checkpoints/..., pseudonym.key     as in the home folder
backup.seal       last, where there is a key: see `app.backup.seal`
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

from pydantic import BaseModel

from app import errors
from app.backup import seal
from app.backup.damage import damaged
from app.backup.rows import is_known
from app.backup.seal import Seal
from app.imaging.storage import Store, place_of

FACTS, TABLES, SEAL = "backup.json", "tables", "backup.seal"
LONGEST_FACTS = 1 << 20
FORMAT = 1
STORE, CHECKPOINTS = FOLDERS = ("store", "checkpoints")
KEY = "pseudonym.key"
TOLD_EVERY = 1000
"""Files between two words on how far it is."""
Say = Callable[[str], None]
File = tuple[str, os.PathLike[str]]
"""A file's name in the backup, and where it is."""


class State(BaseModel, strict=True):
    """What the tables were when they were read."""

    condyle: str
    revision: str
    made_at: str
    rows: dict[str, int]


class Facts(State, strict=True):
    """What a backup says of itself."""

    format: int
    tables: dict[str, str]
    files: int


def files_of(home: Path, store: Store) -> Iterator[File]:
    """Return the files that a backup holds, without those being written.

    Args:
        home: the home folder.
        store: what lies in it, or elsewhere, is fetched when it is opened.
    """
    for digest in store.digests():
        yield f"{STORE}/{place_of(digest)}", store.later(digest)
    for path in sorted((home / CHECKPOINTS).rglob("*")):
        name = path.relative_to(home)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden:
            yield str(name), path
    if (home / KEY).exists():
        yield KEY, home / KEY


def pack(
    file: IO[bytes],
    tables: Path,
    state: State,
    found: list[File],
    key: bytes | None,
    say: Say,
) -> None:
    """Write a backup's file.

    Args:
        file: a new file, at its beginning.
        tables: folder of the tables' rows, NAME.jsonl each.
        state: what the tables were.
        found: the other files, as `files_of` returned them.
        key: seals the backup; None for no seal.
        say: told how far it is.

    Raises:
        OSError: the disk does not take it.
    """
    listed = {path.name: _digest(path) for path in sorted(tables.iterdir())}
    facts = Facts(**state.model_dump(), format=FORMAT, tables=listed, files=len(found))
    sealed = Seal(key) if key else None
    with tarfile.open(fileobj=file, mode="w") as tar:
        _add_text(tar, FACTS, json.dumps(facts.model_dump(), indent=1), sealed)
        for name in listed:
            _add(tar, tables / name, f"{TABLES}/{name}", sealed)
        for number, (name, path) in enumerate(found):
            if number % TOLD_EVERY == 0:
                say(f"{number:,} of {len(found):,} files")
            _add(tar, Path(path), name, sealed)
        if sealed:
            _add_text(tar, SEAL, sealed.text(), None)


def unpack(file: Path, folder: Path, key: bytes | None, say: Say) -> Facts:
    """Unpack a backup's file and check it.

    Args:
        file: as `pack` wrote it.
        folder: an empty folder.
        key: what it was sealed with; None: its seal is not looked at.
        say: told how far it is.

    Returns:
        What the backup says of itself.

    Raises:
        errors.Refused: the file is damaged, no backup, of a later release, or not sealed with
            the key.
        OSError: it cannot be read, or the disk does not take it.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            return _unpack(tar, folder, key, say)
    except (
        tarfile.TarError,
        EOFError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise damaged("it cannot be read to its end") from error


def _unpack(tar: tarfile.TarFile, folder: Path, key: bytes | None, say: Say) -> Facts:
    first = tar.next()
    if first is None or first.name != FACTS:
        raise damaged("it does not begin as one")
    text = _open(tar, first).read(LONGEST_FACTS)
    facts, sealed, stated = _facts(text), Seal(key) if key else None, None
    if sealed:
        sealed.add(FACTS, hashlib.sha256(text).hexdigest())
    expected, unpacked = len(facts.tables) + facts.files, 0
    for member in islice(tar, 1, None):
        if stated is not None:
            raise _foreign()
        if member.name == SEAL:
            stated = _open(tar, member).read(LONGEST_FACTS)
            continue
        if unpacked % TOLD_EVERY == 0:
            say(f"{unpacked:,} of {expected:,} files")
        digest = _extract(tar, member, folder, facts.tables)
        if sealed:
            sealed.add(member.name, digest)
        unpacked += 1
    if unpacked != expected:
        raise damaged(f"{unpacked:,} of {expected:,} files are in it")
    _check_seal(sealed, stated, say)
    return facts


def _check_seal(sealed: Seal | None, stated: bytes | None, say: Say) -> None:
    if sealed is None:
        if stated is not None:
            say("The backup is sealed. Its seal was not checked: CONDYLE_BACKUP_KEY names no key.")
        return
    if stated is None:
        raise seal.missing()
    if not sealed.is_right(stated):
        raise seal.broken()


def _foreign() -> errors.Refused:
    return damaged("something in it belongs into no backup")


def _facts(text: bytes) -> Facts:
    facts = json.loads(text)
    if facts["format"] != FORMAT or not is_known(facts["revision"]):
        raise errors.Refused(
            "This backup was made by a later release of Condyle.",
            f"release {facts['condyle']}, schema {facts['revision']}",
            "Update Condyle, then restore it.",
        )
    return Facts(**facts)


def _extract(
    tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, tables: dict[str, str]
) -> str:
    """Write one file of a backup and return its SHA-256; a table's and a film's must be right."""
    name = PurePosixPath(member.name)
    top = next(iter(name.parts), "")
    if top not in (TABLES, *FOLDERS, KEY) or ".." in name.parts:
        raise _foreign()
    digest = _copy(_open(tar, member), folder / name)
    expected = {TABLES: tables.get(name.name), "store": name.name}.get(top, digest)
    if expected is None:
        raise _foreign()
    if expected != digest:
        raise damaged(f"the bytes of {name.name[:16]} are not those that were written")
    return digest


def _add(tar: tarfile.TarFile, path: Path, name: str, sealed: Seal | None) -> None:
    tar.add(path, name)
    if sealed:
        sealed.add(name, _digest(path))


def _add_text(tar: tarfile.TarFile, name: str, text: str, sealed: Seal | None) -> None:
    data = text.encode()
    head = tarfile.TarInfo(name)
    head.size = len(data)
    tar.addfile(head, io.BytesIO(data))
    if sealed:
        sealed.add(name, hashlib.sha256(data).hexdigest())


def _open(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """Open a plain file of a backup; folders, links and devices belong into none."""
    source = tar.extractfile(member) if member.isfile() else None
    if source is None:
        raise _foreign()
    return source


def _copy(source: IO[bytes], path: Path) -> str:
    """Write a new file and return the SHA-256 of what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    digest = hashlib.sha256()
    with os.fdopen(descriptor, "wb") as target:
        while piece := source.read(1 << 20):
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
