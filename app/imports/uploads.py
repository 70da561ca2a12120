"""Files on their way into an import: uploaded to HOME/uploads, or put into HOME/inbox by hand.

An upload is a folder with a random name; files arrive one by one and are only stored here. What
they are is looked at by the import run, in the worker.
"""

import re
import secrets
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.db.learning import Run
from app.db.tables import storable
from app.imaging.storage import refusing_a_full_disk, require_room
from app.imports import tally
from app.imports.tally import Tally
from app.runs.kinds import IMPORT
from app.settings import Settings
from app.texts import _

KEPT_SECONDS = 3600
"""An upload into which nothing was written for so long is abandoned."""
LONGEST_PART = 150
DEEPEST = 12


def begin(settings: Settings, wanted: Tally) -> str:
    """Make an empty upload.

    Args:
        settings: with the home folder and the limits.
        wanted: what is to arrive, where that is known.

    Returns:
        The upload's name, 128 random bits.

    Raises:
        errors.Refused: that is more than an upload may have, or than the disk has room for.
    """
    wanted.require_within(settings)
    require_room(settings.home, wanted.size, settings.disk_reserve_mb * 2**20)
    name = secrets.token_hex(16)
    folder = settings.home / "uploads" / name
    with refusing_a_full_disk(settings.home, 0):
        (folder / "files").mkdir(parents=True)
        tally.begin(folder)
    return name


def in_use(session: Session) -> set[str]:
    """Return the uploads that an import reads, or is to read."""
    imports = session.scalars(select(Run).where(Run.kind == IMPORT.name, Run.finished_at.is_(None)))
    paths = [path for run in imports for path in IMPORT.parameters_of(run).paths]
    return {Path(path).parent.name for path in paths}


def remove_abandoned(home: Path, used: Collection[str]) -> None:
    """Remove the uploads that nobody went on with.

    Args:
        home: the home folder.
        used: uploads that stay, as `in_use` returns them.
    """
    folder = home / "uploads"
    for upload in list(folder.iterdir()) if folder.is_dir() else []:
        try:
            abandoned = time.time() - tally.last_written(upload) > KEPT_SECONDS
        except FileNotFoundError:
            continue  # somebody else has just removed it
        if abandoned and upload.name not in used:
            shutil.rmtree(upload, ignore_errors=True)


def folder_of(home: Path, upload: str) -> Path:
    """Return the folder with an upload's files.

    Raises:
        errors.NotFound: there is no such upload.
    """
    folder = home / "uploads" / upload / "files"
    if not re.fullmatch("[0-9a-f]{32}", upload) or not folder.is_dir():
        raise tally.gone()
    return folder


def discard(home: Path, upload: str, used: Collection[str]) -> None:
    """Remove an upload with all its files.

    Raises:
        errors.NotFound: there is no such upload.
        errors.Conflict: an import reads it.
    """
    folder = folder_of(home, upload).parent
    if upload in used:
        raise errors.Conflict(
            _("An import reads this upload."), "upload", _("Cancel the import first.")
        )
    shutil.rmtree(folder, ignore_errors=True)


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
    """One file of an upload being received: whole under its name once it is kept, or not at all.

    Each piece is counted before it is written, together with what other requests write, so that
    no number of them is more than one upload may have.

    Args:
        settings: with the home folder and the limits.
        upload: the upload's name.
        name: the file's, as the browser sent it.

    Raises:
        errors.NotFound: there is no such upload.
        errors.Refused: the name cannot be used.
    """

    def __init__(self, settings: Settings, upload: str, name: str) -> None:
        self._settings = settings
        self._path = folder_of(settings.home, upload) / safe_path(name)
        self._upload = settings.home / "uploads" / upload
        self._counted = Tally()
        self._kept = False
        self._temporary = self._upload / f"part-{secrets.token_hex(8)}"

    def __enter__(self) -> Self:
        self._count(Tally(files=1))
        try:
            self._file = self._temporary.open("xb")
        except OSError:
            self._forget()
            raise
        return self

    def write(self, chunk: bytes) -> None:
        """Add bytes.

        Raises:
            errors.Refused: the upload is larger than allowed, or the disk has no room.
        """
        self._count(Tally(size=len(chunk)))
        require_room(self._upload, len(chunk), self._settings.disk_reserve_mb * 2**20)
        with refusing_a_full_disk(self._path, len(chunk)):
            self._file.write(chunk)

    def keep(self) -> None:
        """Give the file, now whole, its name.

        Raises:
            errors.NotFound: the upload was thrown away meanwhile.
            errors.Refused: there is a folder of that name, or the disk has no room.
        """
        with refusing_a_full_disk(self._path, self._counted.size):
            self._file.close()
            self._name()
        self._kept = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What could not be written when it was kept cannot be written now either.
        with suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)
        if not self._kept:
            self._forget()

    def _count(self, more: Tally) -> None:
        with tally.counting(self._upload) as total:
            total.size += more.size
            total.files += more.files
            total.require_within(self._settings)
        self._counted.size += more.size
        self._counted.files += more.files

    def _forget(self) -> None:
        """Count a file that did not arrive out again; where the upload is gone, so is the count."""
        with suppress(errors.NotFound), tally.counting(self._upload) as total:
            total.size -= self._counted.size
            total.files -= self._counted.files

    def _name(self) -> None:
        with tally.counting(self._upload) as total:
            before = self._path.stat().st_size if self._path.is_file() else None
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._temporary.rename(self._path)
            except FileNotFoundError as error:
                raise tally.gone() from error
            except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
                raise errors.Refused(
                    _("A file has the same name as a folder."),
                    _("file name"),
                    _("Rename one of the two."),
                ) from error
            if before is not None:
                total.size -= before
                total.files -= 1


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
