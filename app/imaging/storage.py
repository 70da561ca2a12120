"""Content-addressed files: named by their SHA-256, written whole or not at all."""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from app import errors

INCOMING = ".incoming"


class Store:
    """Files under one folder, each named by the SHA-256 of what it holds.

    Its methods are all that the rest of Condyle uses: a bucket takes its place.

    Args:
        root: the folder; made when the first file is put.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Return where the file of a digest is, or would be.

        Args:
            digest: 64 lower-case hexadecimal digits.

        Raises:
            errors.NotFound: the text is no SHA-256, so no file can have that name.
        """
        return self.root / place_of(digest)

    def exists(self, digest: str) -> bool:
        """Whether a file with this digest is in the store."""
        return self.path(digest).is_file()

    def read(self, digest: str) -> bytes:
        """Return a file's bytes.

        Raises:
            errors.NotFound: the store has no such file.
        """
        try:
            return self.local(digest).read_bytes()
        except FileNotFoundError as error:
            raise missing(digest) from error

    def local(self, digest: str) -> Path:
        """Return where a file is on this machine.

        Raises:
            errors.NotFound: the store has no such file.
        """
        path = self.path(digest)
        if not path.is_file():
            raise missing(digest)
        return path

    def later(self, digest: str) -> os.PathLike[str]:
        """Return the same for a file that is looked for only when it is opened."""
        return self.path(digest)

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; storing the same bytes again changes nothing.

        The bytes go to a temporary name on the same disk, are flushed, and are then renamed: a
        crash leaves either the whole file or none under the digest.

        Returns:
            The SHA-256 of the bytes, 64 lower-case hexadecimal digits.

        Raises:
            errors.Refused: the disk is full; nothing is left of the file.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        if not path.is_file():
            with refusing_a_full_disk(self.root, len(data)):
                self._write(path, data)
        return digest

    def remove(self, digest: str) -> None:
        """Remove a file; one that is not there is as good as removed."""
        self.path(digest).unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        """Return the digests of all files, in order."""
        yield from sorted(path.name for path in self.root.rglob("*") if is_digest(path.name))

    def share_folder(self, home: Path, folder: str) -> None:
        """Let other machines have a folder of the home folder: they share it all anyhow."""

    def fetch_folder(self, home: Path, folder: str) -> Path:
        """Return a folder of the home folder that any machine has shared."""
        return home / folder

    def shared_folders(self) -> list[str]:
        """Return the folders that lie in the store and not only in the home folder: none."""
        return []

    def agrees(self, name: str, text: str) -> bool:
        """Whether all machines that use this store say the same of a name: one home has one."""
        return True

    def try_out(self) -> None:
        """Make sure that files can be stored and read: a folder says so when it is used."""

    def sweep(self, seconds: float = 3600) -> None:
        """Remove what killed processes left unfinished.

        Args:
            seconds: how old it must be; nobody takes longer to write one file.
        """
        incoming = self.root / INCOMING
        if incoming.is_dir():
            for left in incoming.iterdir():
                if time.time() - left.stat().st_mtime > seconds:
                    left.unlink(missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        temporary = self.root / INCOMING / uuid4().hex
        for folder in (path.parent, temporary.parent):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        flush_folder(path.parent)


def place_of(digest: str) -> str:
    """Return where a digest's file is, relative to the store.

    Args:
        digest: 64 lower-case hexadecimal digits.

    Raises:
        errors.NotFound: the text is no SHA-256, so no file can have that name.
    """
    if not is_digest(digest):
        raise errors.NotFound("This is no name of a stored file.", "digest", "")
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def is_digest(name: str) -> bool:
    """Whether a name is one of a stored file."""
    return len(name) == 64 and not set(name) - set("0123456789abcdef")


def missing(digest: str) -> errors.NotFound:
    """Return the refusal for a file that is not in the store."""
    return errors.NotFound(
        "A stored file is missing.",
        f"file {digest[:12]}",
        "Restore the store folder from a backup.",
    )


@contextmanager
def refusing_a_full_disk(folder: Path, needed: int) -> Iterator[None]:
    """Turn "no space left on device" into a refusal with figures.

    Args:
        folder: a folder on the disk that is written to; need not exist yet.
        needed: how many bytes are about to be written.

    Raises:
        errors.Refused: the disk, or the user's share of it, is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in errors.NO_SPACE:
            raise
        free = shutil.disk_usage(_existing(folder)).free
        raise errors.Refused(
            f"The disk is full: {_mebibytes(needed)} were needed, {_mebibytes(free)} are free.",
            "the disk of the home folder",
            "Free some space, or move CONDYLE_HOME to a larger disk; then start again. "
            "What was imported before is kept.",
        ) from error


def require_room(folder: Path, needed: int, reserve: int) -> None:
    """Refuse to write what would leave the disk too full for the database and everybody's work.

    Args:
        folder: a folder on the disk that is written to; need not exist yet.
        needed: how many bytes are about to be written.
        reserve: how many must be free afterwards.

    Raises:
        errors.Refused: fewer would be.
    """
    free = shutil.disk_usage(_existing(folder)).free
    if free - needed < reserve:
        raise errors.Refused(
            f"The disk is nearly full: {_mebibytes(free)} are free, {_mebibytes(needed)} were "
            f"needed, and {_mebibytes(reserve)} are kept free.",
            "CONDYLE_DISK_RESERVE_MB",
            "Free some space, or move CONDYLE_HOME to a larger disk; then start again. "
            "What was imported before is kept.",
        )


def flush_folder(folder: Path) -> None:
    """Flush what a folder lists: a rename is on the disk only then.

    Some network drives know no such flush, and keep what was renamed without it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
