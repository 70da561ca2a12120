"""New files that an admin asks for, such as a backup: whole, on the disk, and over none."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

from app import errors
from app.imaging.storage import flush_folder


@contextmanager
def new_file(path: Path, name: str, nothing: str) -> Iterator[IO[bytes]]:
    """Open a new file, readable by its owner only: `with new_file(...) as file:`.

    It is written beside its place, and moved there when it is on the disk. Of two who write to one
    name at once the second is refused. Whoever is killed meanwhile leaves a hidden file,
    `.NAME.….draft`, and may leave an empty one by the name itself.

    Args:
        path: where.
        name: of the file, as in "The backup could not be written".
        nothing: what has not happened where it is refused, as in "Nothing was retired."

    Raises:
        errors.Refused: the file exists, or the disk does not take it. Nothing is left of it then.
    """
    there = errors.Refused("This file exists.", str(path), f"Name a new file. {nothing}")
    if os.path.lexists(path):
        raise there
    draft = path.with_name(f".{path.name}.{uuid4().hex}.draft")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _move(draft, path, there)
    except OSError as error:
        raise errors.Refused(
            f"{name} could not be written ({error.strerror}).",
            str(path),
            f"Make room, or name a file in another folder. {nothing}",
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _move(draft: Path, path: Path, there: errors.Refused) -> None:
    """Move a file to a name that nobody has: not every file system can link it there instead.

    The name is taken with an empty file first.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise there from error
    try:
        draft.rename(path)
        flush_folder(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
