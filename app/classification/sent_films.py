"""Where a film lies while it is classified: `HOME/classified`, under a name drawn at random.

It is as it was sent, names and all, and leaves when its sender has the answer. Nothing in it is
looked at here: a decoding process of the worker's does that.
"""

import hashlib
import secrets
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from app import errors
from app.imaging.storage import refusing_a_full_disk, require_room
from app.settings import Settings
from app.texts import _

ABANDONED_SECONDS = 600
"""What still lies there after so long was left by a kill: nobody waits so long for an answer."""


def path_of(home: Path, file: str) -> Path:
    """Return where the film of a name lies."""
    return home / "classified" / file


class SentFilm:
    """A film that is being received, and lies there until this is left.

    Args:
        settings: with the home folder and the limits.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._size = 0
        self._digest = hashlib.sha256()
        self.name = secrets.token_hex(16)
        self._path = path_of(settings.home, self.name)

    def __enter__(self) -> Self:
        with refusing_a_full_disk(self._settings.home, 0):
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            self._remove_abandoned()
            self._path.touch(mode=0o600, exist_ok=False)
            self._file = self._path.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What the disk did not take when it was written it does not take now either.
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Add bytes.

        Raises:
            errors.Refused: the film is larger than any that is decoded, or the disk has no room.
        """
        self._size += len(chunk)
        if self._size > self._settings.decode_file_mb * 2**20:
            raise errors.Refused(
                _("The file is larger than {size} MiB.", size=self._settings.decode_file_mb),
                _("the request's body"),
                _("Send a smaller one, or raise CONDYLE_DECODE_FILE_MB."),
            )
        reserve = self._settings.disk_reserve_mb * 2**20
        require_room(self._path.parent, len(chunk), reserve)
        with refusing_a_full_disk(self._path, len(chunk)):
            self._file.write(chunk)
        self._digest.update(chunk)

    def finish(self) -> str:
        """Close the file, which is whole now; return its SHA-256.

        Raises:
            errors.Refused: nothing was sent, or the disk has no room.
        """
        with refusing_a_full_disk(self._path, self._size):
            self._file.close()
        if not self._size:
            raise errors.Refused(
                _("There is no film in the request."),
                _("the request's body"),
                _("Send the bytes of a DICOM, PNG or JPEG file."),
            )
        return self._digest.hexdigest()

    def _remove_abandoned(self) -> None:
        for left in self._path.parent.iterdir():
            try:
                if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                    left.unlink()
            except FileNotFoundError:
                continue  # its sender has just got the answer
