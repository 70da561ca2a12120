"""The store in a bucket of an object store, for machines that share no folder."""

import hashlib
import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from fsspec.asyn import AsyncFileSystem

from app import errors
from app.imaging import object_store
from app.imaging.object_store import NO_BUCKET, code_of, is_passing, open_files, refusal
from app.imaging.storage import Store, is_digest, missing, place_of, refusing_a_full_disk

LEAST_BYTES_A_SECOND = 2**20
"""One that takes fewer is given up."""
PAUSE_SECONDS = 2
"""Between two tries of a patient process."""
CHECKED_AFTER = 20
"""The cache's folder is counted once so many parts of its size have been added to it."""
Answer = TypeVar("Answer")


class Bucket(Store):
    """A store whose files lie in a bucket; its folder holds those that were read lately.

    A file is written by one request, or by several of which the last makes it appear: whole or not
    at all. What comes back is compared with its digest. Keys, region and endpoint are those of the
    usual variables (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, ...) or of the machine's role.

    Args:
        url: `s3://bucket/prefix`.
        cache: the folder; made when the first file is read.
        most: how many bytes the folder may hold, about.
        patience: for how many seconds it is tried again to reach an object store that is away.
    """

    def __init__(self, url: str, cache: Path, most: int, patience: float = 0) -> None:
        super().__init__(cache)
        self.url = url.rstrip("/")
        self._most = most
        self._patience = patience
        self._added = float("inf")
        self._opened: tuple[int, AsyncFileSystem] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_opened": None}

    def exists(self, digest: str) -> bool:
        """Whether a file with this digest is in the store."""
        place = self._place(place_of(digest))
        try:
            return super().exists(digest) or bool(self._asked(lambda files: files.info(place)))
        except FileNotFoundError:
            return False

    def local(self, digest: str) -> Path:
        """Return where a file is on this machine, fetched if it must be.

        It may be read at once; later it may have made room for others.

        Raises:
            errors.NotFound: the store has no such file.
            errors.Unavailable: the object store does not give it.
        """
        path = self.path(digest)
        try:
            os.utime(path)
        except FileNotFoundError:
            data = self._fetched(place_of(digest), missing(digest))
            if hashlib.sha256(data).hexdigest() != digest:
                raise errors.Unavailable(
                    "A stored file has changed in the object store.",
                    f"{self.url}, file {digest[:12]}",
                    "Restore it from a backup.",
                ) from None
            with refusing_a_full_disk(self.root, len(data)):
                self._write(path, data)
            self._keep_small(len(data))
        return path

    def later(self, digest: str) -> os.PathLike[str]:
        """Return the same as a path that is fetched when it is opened."""
        return _Later(self, digest)

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; storing the same bytes again changes nothing.

        Raises:
            errors.Unavailable: the object store does not take them; nothing is left of the file.
        """
        digest = hashlib.sha256(data).hexdigest()
        self._send(place_of(digest), data)
        return digest

    def remove(self, digest: str) -> None:
        """Remove a file, here and in the bucket; one that is not there is as good as removed.

        Other machines may keep it in their caches until it makes room for others.

        Raises:
            errors.Unavailable: the object store does not remove it.
        """
        super().remove(digest)
        place = self._place(place_of(digest))
        try:
            self._asked(lambda files: files.rm_file(place))
        except FileNotFoundError:
            return

    def digests(self) -> Iterator[str]:
        """Return the digests of all files, in order."""
        found = self._asked(lambda files: files.find(self._place("")))
        yield from sorted(name for each in found if is_digest(name := each.rsplit("/", 1)[-1]))

    def share_folder(self, home: Path, folder: str) -> None:
        """Let other machines have a folder of the home folder, as `fetch_folder` finds it.

        Args:
            home: the home folder.
            folder: relative to it; its files lie in it without folders between.
        """
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for file in sorted((home / folder).iterdir()):
                archive.write(file, file.name)
        self._send(f"{folder}.zip", packed.getvalue())

    def fetch_folder(self, home: Path, folder: str) -> Path:
        """Return a folder that any machine has shared; what is here is not fetched again.

        Raises:
            errors.NotFound: it is neither here nor in the store.
        """
        path = home / folder
        if path.is_dir():
            return path
        nowhere = errors.NotFound(
            "A model's files are missing from the store.", folder, "Restore them from a backup."
        )
        with zipfile.ZipFile(io.BytesIO(self._fetched(f"{folder}.zip", nowhere))) as archive:
            _unpack(archive, path)
        return path

    def agrees(self, name: str, text: str) -> bool:
        """Whether all machines say the same of a name; the first one's word is kept."""
        unsaid = errors.NotFound(name)
        try:
            return self._fetched(name, unsaid).decode() == text
        except errors.NotFound:
            self._send(name, text.encode())
            return True

    def try_out(self) -> None:
        """Write, read and list.

        Raises:
            errors.Unavailable: one of it cannot be done.
        """
        digest = self.put(b"condyle doctor was here")
        self._fetched(place_of(digest), missing(digest))
        next(self.digests())

    def shared_folders(self) -> list[str]:
        """Return the folders that machines have shared."""
        start = self._place("")
        found = self._asked(lambda files: files.find(start))
        names = (each.removeprefix(start) for each in found)
        return sorted(name.removesuffix(".zip") for name in names if name.endswith(".zip"))

    def _fetched(self, name: str, nowhere: errors.NotFound) -> bytes:
        try:
            return self._asked(lambda files: bytes(files.cat_file(self._place(name))))
        except FileNotFoundError as error:
            raise nowhere from error

    def _send(self, name: str, data: bytes) -> None:
        # Before it sends a body, the client waits for "100 Continue", and sets itself no limit.
        seconds = 2 * object_store.ANSWER_SECONDS + len(data) / LEAST_BYTES_A_SECOND
        self._asked(lambda files: files.pipe_file(self._place(name), data, timeout=seconds))

    def _place(self, name: str) -> str:
        return f"{self.url.partition('://')[2]}/{name}"

    def _asked(self, ask: Callable[[AsyncFileSystem], Answer]) -> Answer:
        """Return what the object store answers, or say in words why it does not.

        Raises:
            FileNotFoundError: there is no such file, but the bucket is there.
            errors.Unavailable: anything else.
        """
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return ask(self._files())
            except FileNotFoundError as error:
                if code_of(error) != NO_BUCKET and self._has_bucket():
                    raise
                raise refusal(error, self.url) from error
            except Exception as error:
                if not is_passing(error) or time.monotonic() > deadline:
                    raise refusal(error, self.url) from error
            time.sleep(PAUSE_SECONDS)

    def _has_bucket(self) -> bool:
        return bool(self._files().exists(self._place("").split("/")[0]))

    def _files(self) -> AsyncFileSystem:
        """Return the client of this process: one that is older than a fork is of no use."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), open_files(self.url)
        return self._opened[1]

    def _keep_small(self, size: int) -> None:
        """Remove what was not read for the longest where the folder grows beyond its size."""
        self._added += size
        if self._added < self._most / CHECKED_AFTER:
            return
        self._added = 0
        files = sorted(_sizes(self.root), key=lambda file: file[1])
        held = sum(size for _, _, size in files)
        for path, _, size in files:
            if held <= self._most:
                return
            path.unlink(missing_ok=True)
            held -= size


class _Later:
    """A path that is fetched when it is opened; it may go to other processes."""

    def __init__(self, store: Bucket, digest: str) -> None:
        self._store, self._digest = store, digest

    def __fspath__(self) -> str:
        return str(self._store.local(self._digest))


def _sizes(folder: Path) -> Iterator[tuple[Path, float, int]]:
    """Return the files of a cache, when each was read last, and its size."""
    for path in folder.rglob("*"):
        if is_digest(path.name):
            try:
                seen = path.stat()
            except FileNotFoundError:  # another process needed its room
                continue
            yield path, seen.st_mtime, seen.st_size


def _unpack(archive: zipfile.ZipFile, path: Path) -> None:
    """Unpack files into a new folder, which appears when it is complete."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.mkdir(parents=True, exist_ok=True)
    for name in archive.namelist():
        (draft / Path(name).name).write_bytes(archive.read(name))
    try:
        draft.rename(path)
    except OSError:  # another process was faster
        if not path.is_dir():
            raise
