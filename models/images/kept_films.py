"""Films as the networks see them, kept between runs: decoded once, mapped, shared by all processes.

Each size has a folder. A film's row in it is the number of its image, for ever; `ROWS` rows are one
file, which is written whole or not at all and never changed: one more film makes a new file take
the old one's place. Beside its pixels a row holds the digest of the rendition they were made from,
and says nothing where another is asked for. So nothing kept can be stale, and everything may be
removed at any time: what is missing is decoded again.

A file holds the digests, uint8 (ROWS, 32), then the pixels, uint8 (ROWS, size, size). Rows without
a film take no space on the disk.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

VERSION = 1
"""Of what becomes of a rendition: to be raised with every change of `models.images.data.fitted`."""
ROWS = 1024
DIGEST = 32
ABANDONED = 30 * 24 * 3600
"""Seconds after which a size that nobody has used is removed."""
UNFINISHED = 3600
"""Seconds after which a file that was not finished is removed."""

Rows = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class KeptFilms:
    """The films of one size.

    Args:
        folder: of all sizes.
        size: side of the square, in pixels.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder / f"{size}-{VERSION}"
        self.size = size

    def has(self, rows: Rows, digests: Bytes) -> NDArray[np.bool_]:
        """Tell which films are kept; arguments as for `read`."""
        found = np.zeros(len(rows), bool)
        for path, places, inner in files_of(rows):
            mapped = map_file(self.folder / path, self.size)
            if mapped is not None:
                found[places] = (mapped[0][inner] == digests[places]).all(axis=1)
        return found

    def read(self, rows: Rows, digests: Bytes) -> tuple[NDArray[np.bool_], Bytes]:
        """Return what is kept of some films.

        Args:
            rows: (n,).
            digests: uint8 (n, 32), of their renditions.

        Returns:
            Which are kept, bool (n,), and uint8 (n, size, size): zeros for the others.
        """
        with suppress(OSError):
            os.utime(self.folder)
        found = np.zeros(len(rows), bool)
        pixels = np.zeros((len(rows), self.size, self.size), np.uint8)
        for path, places, inner in files_of(rows):
            mapped = map_file(self.folder / path, self.size)
            if mapped is not None:
                known = (mapped[0][inner] == digests[places]).all(axis=1)
                found[places] = known
                pixels[places[known]] = mapped[1][inner[known]]
        return found, pixels

    def add(self, rows: Rows, digests: Bytes, pixels: Bytes) -> None:
        """Keep films; those of the same rows that were kept before are not any more.

        Args:
            rows: (n,), each once.
            digests: uint8 (n, 32), of their renditions.
            pixels: uint8 (n, size, size).

        Raises:
            OSError: the disk does not take them; what was kept before stays.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for path, places, inner in files_of(rows):
            with self._alone(path):
                self._write(self.folder / path, inner, digests[places], pixels[places])

    def forget(self, digests: Collection[bytes]) -> None:
        """Remove films, wherever they lie.

        Args:
            digests: of their renditions, 32 bytes each.

        Raises:
            OSError: the disk does not take the files without them.
        """
        for path in sorted(self.folder.glob("[0-9]" * 8)):
            with self._alone(path.name):
                mapped = map_file(path, self.size)
                if mapped is None:
                    continue
                rows = np.flatnonzero(mapped[0].any(axis=1))
                gone = np.array([mapped[0][row].tobytes() in digests for row in rows], bool)
                if gone.any():
                    none = np.empty((0, DIGEST), np.uint8), np.empty((0, 0, 0), np.uint8)
                    self._write(path, rows[gone], *none)

    def link(self, rows: Rows, folder: Path) -> None:
        """Hold on to the files that films lie in, whatever takes their place here.

        Args:
            rows: (n,), all of them kept.
            folder: where links to the files go, on the same disk; emptied first.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path, _, _ in files_of(rows):
            os.link(self.folder / path, folder / path)

    @contextmanager
    def _alone(self, path: str) -> Iterator[None]:
        """Let nobody else write a file: each would leave out what the other adds."""
        with (self.folder / f"{path[-2:]}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, path: Path, inner: Rows, digests: Bytes, pixels: Bytes) -> None:
        draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
        before = map_file(path, self.size)
        try:
            # Not through a mapping: a full disk would then kill the process.
            with draft.open("wb") as file:
                file.truncate(ROWS * (DIGEST + self.size**2))
                if before is not None:
                    known = np.setdiff1d(np.flatnonzero(before[0].any(axis=1)), inner)
                    _put(file, known, before[0][known], before[1][known])
                _put(file, inner[: len(digests)], digests, pixels)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)


def files_of(rows: Rows) -> Iterator[tuple[str, NDArray[np.int64], Rows]]:
    """Tell which files rows lie in.

    Args:
        rows: (n,).

    Yields:
        A file's name, the positions in `rows` that lie in it, and their rows within it.
    """
    numbers = rows // ROWS
    for number in np.unique(numbers):
        places = np.flatnonzero(numbers == number)
        yield f"{number:08}", places, rows[places] - number * ROWS


def map_file(path: Path, size: int) -> tuple[Bytes, Bytes] | None:
    """Map a file of kept films, as long as what is returned is held.

    Returns:
        Digests, uint8 (ROWS, 32), and pixels, uint8 (ROWS, size, size); None if there is no whole
        file.
    """
    try:
        whole = np.memmap(path, np.uint8, "r", shape=(ROWS * (DIGEST + size**2),))
    except (OSError, ValueError):
        return None
    digests, pixels = np.split(whole, [ROWS * DIGEST])
    return digests.reshape(ROWS, DIGEST), pixels.reshape(ROWS, size, size)


def forget(folder: Path, digests: Collection[bytes]) -> None:
    """Remove films from every size that is kept.

    Args:
        folder: of all sizes; need not exist.
        digests: of their renditions, 32 bytes each.
    """
    for kept in sorted(folder.glob("*-*")):
        size, _, version = kept.name.partition("-")
        if version == str(VERSION):
            KeptFilms(folder, int(size)).forget(digests)
        else:
            shutil.rmtree(kept, ignore_errors=True)  # nobody reads what another version has made


def tidy(folder: Path, now: float | None = None) -> None:
    """Remove sizes that nobody has used for long, and files that were never finished.

    Args:
        folder: of all sizes; need not exist.
        now: seconds since the epoch.
    """
    now = time.time() if now is None else now
    for size in folder.iterdir() if folder.is_dir() else ():
        if now - size.stat().st_mtime > ABANDONED:
            shutil.rmtree(size, ignore_errors=True)
            continue
        for draft in size.glob("*.draft"):
            if now - draft.stat().st_mtime > UNFINISHED:
                draft.unlink(missing_ok=True)


def _put(file: BinaryIO, inner: Rows, digests: Bytes, pixels: Bytes) -> None:
    for row, digest, film in zip(inner.tolist(), digests, pixels, strict=True):
        file.seek(row * DIGEST)
        file.write(digest.tobytes())
        file.seek(ROWS * DIGEST + row * film.size)
        file.write(film.tobytes())
