"""What an upload holds so far, counted over all requests and processes that write into it."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app import errors, formats
from app.settings import Settings
from app.texts import _

NAME = "tally"


@dataclass
class Tally:
    """Bytes and files."""

    size: int = 0
    files: int = 0

    def require_within(self, settings: Settings) -> None:
        """Refuse an upload that is more than the settings allow.

        Raises:
            errors.Refused: it has too many bytes or files.
        """
        if self.size > settings.upload_mb * 2**20:
            raise errors.Refused(
                _("The upload is larger than {size} MiB.", size=formats.count(settings.upload_mb)),
                "CONDYLE_UPLOAD_MB",
                _("Upload less at once, or copy the folder to `inbox` in the home folder."),
            )
        if self.files > settings.upload_files:
            raise errors.Refused(
                _(
                    "The upload has more than {number} files.",
                    number=formats.count(settings.upload_files),
                ),
                "CONDYLE_UPLOAD_FILES",
                _("Upload less at once, or copy the folder to `inbox` in the home folder."),
            )


def begin(upload: Path) -> None:
    """Let an upload's folder count from nothing."""
    (upload / NAME).write_text(json.dumps(asdict(Tally())))


@contextmanager
def counting(upload: Path) -> Iterator[Tally]:
    """Let nobody else count until the end; what is changed is kept where nothing is raised.

    Raises:
        errors.NotFound: the upload is gone.
    """
    try:
        file = (upload / NAME).open("r+")
    except FileNotFoundError as error:
        raise gone() from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        tally = Tally(**json.load(file))
        yield tally
        file.seek(0)
        file.write(json.dumps(asdict(tally)))
        file.truncate()


def last_written(upload: Path) -> float:
    """Return when anything was last written into an upload, seconds since 1970."""
    counted = upload / NAME
    return (counted if counted.exists() else upload).stat().st_mtime


def gone() -> errors.NotFound:
    """Return the refusal of an upload that was thrown away."""
    return errors.NotFound(
        _("This upload no longer exists."), "upload", _("Choose the files again.")
    )
