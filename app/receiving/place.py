"""Where films lie that arrived and wait: `HOME/received`, each named by the SHA-256 of its file.

They are as they were sent, names and all, and leave when their import has succeeded.
"""

import hashlib
import os
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from app.imaging.storage import flush_folder, refusing_a_full_disk, require_room

INCOMING = ".incoming"
ENDING = ".dcm"
ABANDONED_SECONDS = 3600
"""What nobody named after so long was left by a kill: no sender waits for an answer that long."""


@dataclass(frozen=True)
class Written:
    """A film that is on the disk whole, under no name yet.

    Attributes:
        path: where it is for the moment.
        digest: SHA-256 of the file.
        size: in bytes.
    """

    path: Path
    digest: str
    size: int


class Place:
    """The folder of received films.

    Args:
        home: the home folder.
        reserve: how many bytes of the disk stay free.
    """

    def __init__(self, home: Path, reserve: int = 0) -> None:
        self.folder = home / "received"
        self._reserve = reserve

    def path(self, digest: str) -> Path:
        """Return where the file of a digest is, or would be."""
        return self.folder / f"{digest}{ENDING}"

    def write(self, pieces: Iterable[bytes | memoryview]) -> Written:
        """Write a film and flush it to the disk, under a name that nobody looks for.

        Args:
            pieces: its file, in order.

        Raises:
            errors.Refused: the disk has no room for it; nothing is left of it.
        """
        pieces = list(pieces)
        size = sum(len(piece) for piece in pieces)
        require_room(self.folder, size, self._reserve)
        digest = hashlib.sha256()
        with refusing_a_full_disk(self.folder, size):
            path = self.scratch()
            try:
                with path.open("xb") as file:
                    for piece in pieces:
                        digest.update(piece)
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return Written(path, digest.hexdigest(), size)

    def adopt(self, film: Written) -> None:
        """Give a written film its name, on the disk."""
        film.path.rename(self.path(film.digest))
        flush_folder(self.folder)

    def forget(self, film: Written) -> None:
        """Remove a written film that was given no name."""
        film.path.unlink(missing_ok=True)

    def remove(self, digest: str) -> None:
        """Remove a film; one that is not there is as good as removed."""
        self.path(digest).unlink(missing_ok=True)

    def scratch(self) -> Path:
        """Return the path of a file that is nobody's yet, for what is still being sent."""
        folder = self.folder / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        return folder / uuid4().hex

    def sweep(self, known: Collection[str], seconds: float = ABANDONED_SECONDS) -> None:
        """Remove what a kill has left: films half written, or named and not recorded.

        Args:
            known: digests of the films that stay.
            seconds: how old it must be.
        """
        for path in self.folder.glob(f"*{ENDING}"):
            if path.stem not in known:
                _remove_old(path, seconds)
        self.sweep_incoming(seconds)

    def sweep_incoming(self, seconds: float = ABANDONED_SECONDS) -> None:
        """Remove what a kill has left half written, and is so old."""
        for path in (self.folder / INCOMING).glob("*"):
            _remove_old(path, seconds)


def _remove_old(path: Path, seconds: float) -> None:
    with suppress(FileNotFoundError):  # whoever wrote it has just given it its name
        if time.time() - path.stat().st_mtime > seconds:
            path.unlink()
