"""Files on their way into an import: uploaded to HOME/uploads, or put into HOME/inbox by hand.

An upload is a folder with a random name; files arrive one by one and are only stored here. What
they are is looked at by the import run, in the worker.
"""

import re
import secrets
import shutil
import time
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from app import errors
from app.db.tables import storable
from app.imaging.storage import refusing_a_full_disk
from app.texts import _

KEPT_SECONDS = 24 * 3600
LONGEST_PART = 150
DEEPEST = 12


def begin(home: Path, in_use: Collection[str]) -> str:
    """Make an empty upload and remove those nobody imported within a day.

    Args:
        home: the home folder.
        in_use: uploads that an import is reading now.

    Returns:
        The upload's name, 128 random bits.
    """
    uploads = home / "uploads"
    with refusing_a_full_disk(home, 0):
        uploads.mkdir(parents=True, exist_ok=True)
        for old in uploads.iterdir():
            if old.name not in in_use and time.time() - old.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        name = secrets.token_hex(16)
        (uploads / name / "files").mkdir(parents=True)
        (uploads / name / "bytes").write_text("0")
    return name


def folder_of(home: Path, upload: str) -> Path:
    """Return the folder with an upload's files.

    Raises:
        errors.NotFound: there is no such upload.
    """
    folder = home / "uploads" / upload / "files"
    if not re.fullmatch("[0-9a-f]{32}", upload) or not folder.is_dir():
        raise errors.NotFound(_("This upload is gone."), "upload", _("Choose the files again."))
    return folder


def discard(home: Path, upload: str) -> None:
    """Remove an upload with all its files."""
    shutil.rmtree(folder_of(home, upload).parent)


def safe_path(name: str) -> PurePosixPath:
    """Return a relative path that stays in its folder, from the name a browser sent.

    A manifest refers to files by their names, so folders and letters are kept; control characters
    become underscores.

    Raises:
        errors.Refused: the name leads elsewhere, is empty, too long or too deep.
    """
    parts = [part for part in re.split(r"[/\\]", name) if part]
    if not parts or len(parts) > DEEPEST or any(part in {".", ".."} for part in parts):
        raise errors.Refused(
            _("A file's name cannot be used."),
            _("file name"),
            _("Rename the file and choose it again."),
        )
    clean = ["".join(c if c.isprintable() else "_" for c in part) for part in parts]
    if any(len(part.encode()) > LONGEST_PART for part in clean):
        raise errors.Refused(
            _("A file's name is too long."),
            _("file name"),
            _("Use at most {number} letters.", number=LONGEST_PART),
        )
    return PurePosixPath(*clean)


class IncomingFile:
    """One file of an upload being received: whole under its name in the end, or not at all.

    Args:
        home: the home folder.
        upload: the upload's name.
        name: the file's, as the browser sent it.
        limit: bytes that the whole upload may have.

    Raises:
        errors.NotFound: there is no such upload.
        errors.Refused: the name cannot be used.
    """

    def __init__(self, home: Path, upload: str, name: str, limit: int) -> None:
        self._path = folder_of(home, upload) / safe_path(name)
        self._count = home / "uploads" / upload / "bytes"
        self._limit = limit
        self._before = int(self._count.read_text())
        self._size = 0
        self._temporary = self._count.with_name(f"part-{secrets.token_hex(8)}")

    def __enter__(self) -> Self:
        self._file = self._temporary.open("xb")
        return self

    def write(self, chunk: bytes) -> None:
        """Add bytes.

        Raises:
            errors.Refused: the upload is larger than allowed, or the disk is full.
        """
        self._size += len(chunk)
        if self._before + self._size > self._limit:
            raise errors.Refused(
                _(
                    "The upload is larger than {size} MiB.",
                    size=f"{self._limit / 2**20:,.0f}",
                ),
                "CONDYLE_UPLOAD_MB",
                _("Upload less at once, or copy the folder to `inbox` in the home folder."),
            )
        with refusing_a_full_disk(self._path, len(chunk)):
            self._file.write(chunk)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with refusing_a_full_disk(self._path, self._size):
                self._file.close()
                if kind is None:
                    self._keep()
        finally:
            self._temporary.unlink(missing_ok=True)

    def _keep(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._temporary.rename(self._path)
        except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
            raise errors.Refused(
                _("A file has the name of a folder."), _("file name"), _("Rename one of the two.")
            ) from error
        self._count.write_text(str(self._before + self._size))


def inbox(home: Path) -> dict[str, Path]:
    """Return the folders and zip files put into HOME/inbox, in order, by the names to show."""
    folder = home / "inbox"
    if not folder.is_dir():
        return {}
    return {
        storable(entry.name): entry
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(".") and (entry.is_dir() or entry.suffix.lower() == ".zip")
    }


def in_inbox(home: Path, name: str) -> Path:
    """Return the path of something in HOME/inbox.

    Raises:
        errors.NotFound: nothing there has that name.
    """
    found = inbox(home).get(name)
    if found is None:
        raise errors.NotFound(_("The inbox has no such folder."), "folder", _("Reload the page."))
    return found
